// What two parties said to one another on one line: oldest above, newest below, a break each day.
import { memo } from "preact/compat";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
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
const STEPS: Record<string, number> = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

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
  const go = useCallback((ref: string) => {
    const found = list.current?.querySelector<HTMLElement>(`[data-ref="${CSS.escape(ref)}"]`);
    found?.focus();
  }, []);
  const order = useRef<readonly string[]>([]);
  order.current = shown.map((one) => one.ref);
  const first = mostUrgent(shown, me())?.ref ?? shown.at(-1)?.ref ?? "";
  useKeys(
    t("hotline:title"),
    line === "safety" ? [{ key: "v", says: t("hotline:key_messages"), run: () => go(first) }] : [],
    [first, line],
  );
  const keys = useRef(new Map<string, Keyed>());
  const pressed = useCallback((event: KeyboardEvent) => {
    const { currentTarget: on } = event;
    if (event.defaultPrevented || event.target !== on || !(on instanceof HTMLElement)) return;
    // what a key does is looked up by the message that has the focus, not by the last one drawn
    const ref = on.dataset["ref"] ?? "";
    const name = nameOf(event);
    const by = STEPS[name];
    const next = by ? order.current[order.current.indexOf(ref) + by] : undefined;
    const run = by ? () => go(next ?? ref) : keys.current.get(ref)?.[name];
    if (!run) return;
    event.preventDefault();
    run();
  }, []);
  return (
    <div
      ref={list}
      class="talk"
      role="log"
      aria-live={line === "safety" ? "polite" : "off"}
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
          day={dayBreak(shown[n - 1], one)}
          message={one}
          focused={one.ref === current}
          onFocus={setAt}
          {...{ pressed, keys, go }}
        />
      ))}
    </div>
  );
}

/** The day that begins with a message; "" where it is that of the one before. */
function dayBreak(before: One | undefined, message: One): string {
  const day = dayOf(message.first_ms);
  return before && dayOf(before.first_ms) === day ? "" : day;
}

interface RowProps {
  day: string;
  message: One;
  focused: boolean;
  onFocus: (ref: string) => void;
  pressed: (event: KeyboardEvent) => void;
  keys: { current: Map<string, Keyed> };
  go: (ref: string) => void;
}

/** Drawn again only when something of its own changed. */
const Row = memo(function Row({ day, pressed, ...rest }: RowProps) {
  return (
    <>
      {day && (
        <h4 class="day">
          <bdi dir="ltr">{day} Z</bdi>
        </h4>
      )}
      <Message {...rest} onKeyDown={pressed} />
    </>
  );
});

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
