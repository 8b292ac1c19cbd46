// A paper that is selected: its line, its marking, and the way to the room that shows it whole.
import { get } from "../api/client";
import type { Paper } from "../api/types";
import { t, word } from "../i18n";
import { useMarkings } from "../state/marking";
import { open } from "../state/url";
import { Button, Empty, Marking, Refusal, Time, Words } from "../ui/parts";
import { useAsked } from "./asking";
import { Findings } from "./Findings";

const ROOM: Readonly<Record<string, string>> = {
  message: "hotline",
  check: "hotline",
  call: "hotline",
  incident: "incident",
  claim: "incident",
  handover: "handover",
};

export function PaperView({ subject }: { subject: string }) {
  const paper = /^[a-z-]+:[a-z0-9-]+$/.test(subject) && !/^(feed|sensor|party):/.test(subject);
  const { value, error, loading } = useAsked(
    paper ? () => get<Paper>(`/v1/papers/${encodeURIComponent(subject)}`) : null,
    [subject],
  );
  useMarkings([value?.marking?.banner ?? ""]);
  const room = ROOM[subject.split(":")[0] ?? ""];
  return (
    <article class="item">
      <header class="item-head">
        <h2>
          <bdi dir="auto">{subject}</bdi>
        </h2>
        {value && (
          <p class="row">
            {word("codes", value.kind)}
            <Marking marking={value.marking?.banner ?? ""} />
            <span dir="auto">{value.author}</span>
            <Time ms={value.at_ms} />
          </p>
        )}
      </header>
      {paper && loading && <Empty>{t("app:loading")}</Empty>}
      <Refusal error={error} />
      {value && <Words as="p" text={value.text} />}
      {room && <Button onClick={() => open(room, { item: subject })}>{t("item:open_room")}</Button>}
      <Findings subject={subject} />
    </article>
  );
}
