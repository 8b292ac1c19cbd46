// What two parties said to one another on one line: oldest above, newest below, a break each day.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { useMarkings } from "../state/marking";
import { may } from "../state/session";
import { Button, Empty } from "../ui/parts";
import { nameOf, useKeys } from "../ui/keys";
import { useBook } from "./book";
import { Composer } from "./Composer";
import { drafts } from "./composing";
import { between, dayOf, mostUrgent, type Line, type LineName, type Message as One } from "./logic";
import { Message, type Keyed } from "./Message";
import { earlier, me, useThread } from "./store";

const ROWS = 60;

export function Conversation(props: {
  line: LineName;
  party: string;
  state: Line;
  lines: readonly Line[];
}) {
  const { line, party } = props;
  useBook();
  const thread = useThread(line);
  const all = thread.messages.filter((one) => between(one, me(), party));
  const [rows, setRows] = useState(ROWS);
  const shown = all.slice(-rows);
  const more = all.length > shown.length || thread.before !== null;
  useMarkings(shown.map((one) => one.marking.banner));
  const lacking = thread.read && all.length < 5 && thread.before !== null;
  useEffect(() => {
    if (lacking) void earlier(line);
  }, [lacking, thread.before]);
  const back = () => {
    setRows(rows + ROWS);
    if (all.length <= shown.length + ROWS) void earlier(line);
  };
  return (
    <div class="conversation">
      <Talk {...{ line, party, shown, more, back }} read={thread.read} />
      {drafts[line].value ? (
        <Composer key={line} line={line} party={party} lines={props.lines} thread={all} />
      ) : (
        may("talk") && (
          <p class="row">
            <Button
              tone="main"
              {...(line === "safety" ? { hotkey: "h" } : {})}
              onClick={() => (drafts[line].value = {})}
            >
              {t(`hotline:write_${line}`)}
            </Button>
            <small class="keys-hint">{t("hotline:keys_hint")}</small>
          </p>
        )
      )}
    </div>
  );
}

interface TalkProps {
  line: LineName;
  party: string;
  shown: readonly One[];
  more: boolean;
  read: boolean;
  back: () => void;
}

function Talk({ line, party, shown, more, read, back }: TalkProps) {
  const list = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState("");
  const current = shown.some((one) => one.ref === at) ? at : (shown.at(-1)?.ref ?? "");
  useAtBottom(list, shown.at(-1)?.ref ?? "", shown[0]?.ref ?? "");
  const go = (ref: string) => {
    const found = list.current?.querySelector<HTMLElement>(`[data-ref="${CSS.escape(ref)}"]`);
    found?.focus();
  };
  const step = (by: number) => {
    const n = shown.findIndex((one) => one.ref === current);
    const next = shown[Math.min(Math.max(n + by, 0), shown.length - 1)];
    if (next) go(next.ref);
  };
  const first = mostUrgent(shown, me())?.ref ?? shown.at(-1)?.ref ?? "";
  useKeys(
    t("hotline:title"),
    line === "safety" ? [{ key: "v", says: t("hotline:key_messages"), run: () => go(first) }] : [],
    [first, line],
  );
  const keys = useRef<Keyed>({});
  const pressed = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.target !== event.currentTarget) return;
    const name = nameOf(event);
    const run =
      { j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1) }[
        name
      ] ?? keys.current[name];
    if (!run) return;
    event.preventDefault();
    run();
  };
  return (
    <div
      ref={list}
      class="talk"
      role="feed"
      aria-label={t("hotline:messages_with", { party })}
      aria-busy={!read}
    >
      {more && (
        <Button tone="quiet" onClick={back}>
          {t("hotline:earlier")}
        </Button>
      )}
      {read && shown.length === 0 && <Empty>{t(`hotline:empty_${line}`)}</Empty>}
      {shown.map((one, n) => (
        <Row
          key={one.ref}
          before={n > 0 ? shown[n - 1] : undefined}
          message={one}
          focused={one.ref === current}
          onFocus={() => setAt(one.ref)}
          {...{ pressed, keys, go }}
        />
      ))}
    </div>
  );
}

function Row(props: {
  before: One | undefined;
  message: One;
  focused: boolean;
  onFocus: () => void;
  pressed: (event: KeyboardEvent) => void;
  keys: { current: Keyed };
  go: (ref: string) => void;
}) {
  const { before, message } = props;
  const day = dayOf(message.first_ms);
  return (
    <>
      {(!before || dayOf(before.first_ms) !== day) && (
        <h4 class="day">
          <bdi dir="ltr">{day} Z</bdi>
        </h4>
      )}
      <Message
        message={message}
        focused={props.focused}
        onFocus={props.onFocus}
        onKeyDown={props.pressed}
        keys={props.keys}
        go={props.go}
      />
    </>
  );
}

/** Stays at the newest if it was there; stays where it was when earlier ones come in above. */
function useAtBottom(list: { current: HTMLDivElement | null }, newest: string, oldest: string) {
  const was = useRef({ bottom: true, height: 0, oldest: "" });
  useLayoutEffect(() => {
    const box = list.current;
    if (!box) return;
    if (was.current.bottom) box.scrollTop = box.scrollHeight;
    else if (was.current.oldest !== oldest) box.scrollTop += box.scrollHeight - was.current.height;
    was.current = { ...was.current, height: box.scrollHeight, oldest };
  }, [newest, oldest]);
  useEffect(() => {
    const box = list.current;
    if (!box) return undefined;
    const note = () => {
      const bottom = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
      was.current = { ...was.current, bottom, height: box.scrollHeight };
    };
    const sized = new ResizeObserver(() => {
      if (was.current.bottom) box.scrollTop = box.scrollHeight;
    });
    box.addEventListener("scroll", note, { passive: true });
    sized.observe(box);
    return () => {
      box.removeEventListener("scroll", note);
      sized.disconnect();
    };
  }, []);
}
