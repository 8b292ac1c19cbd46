// What every room is made of: buttons, fields, dialogs, instants, markings, refusals.
import type { ButtonHTMLAttributes, ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Problem } from "../api/client";
import { t } from "../i18n";
import { now } from "../state/clock";
import { local, span, zulu } from "./time";

type Tone = "plain" | "main" | "danger" | "quiet";

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "type"> {
  tone?: Tone;
  /** The key that does the same, shown on it. */
  hotkey?: string;
  type?: "button" | "submit";
}

export function Button({
  tone = "plain",
  hotkey,
  type = "button",
  children,
  ...more
}: ButtonProps) {
  return (
    <button {...more} type={type} class={`button ${tone}`} aria-keyshortcuts={hotkey}>
      <span>{children}</span>
      {hotkey && <kbd aria-hidden="true">{hotkey.replace("Shift+", "⇧")}</kbd>}
    </button>
  );
}

/** A label, what stands below it, and what is wrong with it; `children` gets the ids. */
export function Field(props: {
  label: string;
  hint?: string;
  wrong?: string;
  children: (ids: { id: string; "aria-describedby"?: string }) => ComponentChildren;
}) {
  const id = useId();
  const told = props.wrong || props.hint;
  return (
    <div class={props.wrong ? "field wrong" : "field"}>
      <label for={id}>{props.label}</label>
      {props.children(told ? { id, "aria-describedby": `${id}-told` } : { id })}
      {told && (
        <p id={`${id}-told`} class="told" role={props.wrong ? "alert" : undefined}>
          {told}
        </p>
      )}
    </div>
  );
}

/** A modal dialog; Escape closes it, the focus comes back to where it was. */
export function Dialog(props: {
  title: string;
  onClose: () => void;
  tone?: "plain" | "danger";
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before the next key: what is typed behind the key that opens it belongs to the dialog.
  useLayoutEffect(() => {
    dialog.current?.showModal();
    return () => dialog.current?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`dialog ${props.tone ?? "plain"}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
    >
      <header>
        <h2 id={id}>{props.title}</h2>
        <button type="button" class="close" aria-label={t("app:close")} onClick={props.onClose}>
          ×
        </button>
      </header>
      {props.children}
    </dialog>
  );
}

/** An instant: Zulu, and in its tooltip and for readers each zone given. */
export function Time({
  ms,
  full = false,
  zones = [],
}: {
  ms: number;
  full?: boolean;
  zones?: readonly string[];
}) {
  const others = zones.map((zone) => local(ms, zone)).filter(Boolean);
  return (
    <time dateTime={new Date(ms).toISOString()} title={others.join("\n")} dir="ltr" class="zulu">
      {zulu(ms, full)}
    </time>
  );
}

/** Counts down to an instant and says so when it is past. */
export function Countdown({ ms, label }: { ms: number; label: string }) {
  const left = ms - now.value;
  const tone = left < 0 ? "over" : left < 60_000 ? "near" : "";
  return (
    <span class={`countdown ${tone}`} role="timer" aria-label={label} dir="ltr">
      {span(left)}
    </span>
  );
}

/** The marking of what stands beside it; nothing is shown without one. */
export function Marking({ marking }: { marking: string }) {
  if (!marking) return null;
  const colour = /RED/.test(marking)
    ? "red"
    : /AMBER/.test(marking)
      ? "amber"
      : /GREEN/.test(marking)
        ? "green"
        : "clear";
  return (
    <span class={`marking ${colour}`} aria-label={t("app:marking", { marking })} dir="ltr">
      {marking}
    </span>
  );
}

/** What somebody else wrote: his direction, his words, nothing of it markup. */
export const Words = ({ text, as = "span" }: { text: string; as?: "span" | "p" | "td" }) => {
  const Tag = as;
  return (
    <Tag dir="auto" class="words">
      {text}
    </Tag>
  );
};

/** What went wrong, who must mend it and what would be right. */
export function Refusal({ error }: { error: unknown }) {
  if (!error) return null;
  const text =
    error instanceof Problem
      ? error.right
        ? t("app:at_fault", { what: error.what + ".", right: error.right })
        : error.what
      : error instanceof Error
        ? error.message
        : String(error);
  return (
    <p class="refusal" role="alert" dir="auto">
      {text}
    </p>
  );
}

/** A heading, a list or what says that it is empty. */
export const Empty = ({ children }: { children: ComponentChildren }) => (
  <p class="empty">{children}</p>
);
