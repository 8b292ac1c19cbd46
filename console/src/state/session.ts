// Who sits here. Undefined: not asked yet; null: nobody, so the log-in shows.
import { signal } from "@preact/signals";

export type PersonRole = "watch-officer" | "releaser" | "liaison" | "observer" | "administrator";

export type Can =
  | "read"
  | "answer"
  | "draft"
  | "release"
  | "urgent"
  | "talk"
  | "pass-on"
  | "sign"
  | "hand-over"
  | "administer";

export interface Session {
  person: string;
  name: string;
  roles: PersonRole[];
  can: Can[];
  /** Duty roles of the agreement that this person may act under, and the one of this shift. */
  duties: string[];
  duty: string;
  language: string;
  begun_ms: number;
  ends: string;
  ends_ms: number;
  csrf: string;
  party: string;
  two_persons: boolean;
  must_change: boolean;
  now_ms: number;
}

export const session = signal<Session | null | undefined>(undefined);

/** Whether this person may do that; the node decides again. */
export const may = (what: Can): boolean => session.value?.can.includes(what) ?? false;
