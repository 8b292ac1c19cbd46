// An item whole: words, window, band, place, where everybody stands, what was found, who did what.
import { get } from "../api/client";
import type { Item } from "../api/types";
import { t, word } from "../i18n";
import { items } from "../state/live";
import { useMarkings } from "../state/marking";
import { Empty, Refusal, Words } from "../ui/parts";
import { Answers } from "./Answers";
import { useAsked } from "./asking";
import { Content } from "./Content";
import { Deliveries } from "./Deliveries";
import { EvidenceSlot } from "./EvidenceSlot";
import { Findings } from "./Findings";
import { Forms } from "./Forms";
import { History } from "./History";
import { Ladder } from "./Ladder";
import { Steps } from "./Steps";

export function ItemView({ subject }: { subject: string }) {
  const live = items.value.get(subject);
  // What is closed, or behind the live state, is asked for.
  const asked = useAsked<Item>(
    live ? null : () => get<Item>(`/v1/items/${encodeURIComponent(subject)}`, { outlines: true }),
    [subject, live === undefined],
  );
  const item = live ?? asked.value;
  useMarkings([]);
  if (!item)
    return asked.loading ? <Empty>{t("app:loading")}</Empty> : <Refusal error={asked.error} />;
  return (
    <article class="item">
      <Head item={item} />
      <Answers item={item} />
      <Steps item={item} />
      <Content item={item} />
      <Ladder item={item} />
      <Findings subject={item.ref} />
      <Deliveries item={item} />
      <History item={item} />
      <Forms item={item} />
      <EvidenceSlot subject={item.ref} />
    </article>
  );
}

function Head({ item }: { item: Item }) {
  const { content } = item;
  const kind =
    content.kind === "notice" ? `${word("codes", item.kind)} · ${content.activity_class}` : "";
  return (
    <header class="item-head">
      <h2>
        {kind || word("codes", item.kind)} <bdi dir="ltr">{item.item}</bdi>
      </h2>
      <p class="row">
        <span class={`state ${item.closed ? "closed" : "open"}`}>{word("codes", item.state)}</span>
        {item.exercise && <span class="tag exercise">{t("app:exercise")}</span>}
        <span>
          {t("item:of", { who: item.author, role: item.role, version: item.content_version })}
        </span>
        <span class={item.witnessed ? "witnessed" : "unwitnessed"}>
          {item.witnessed ? t("item:witnessed") : t("item:unwitnessed")}
        </span>
      </p>
      <Words as="p" text={item.text} />
    </header>
  );
}
