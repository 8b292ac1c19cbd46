// What is done with rows once they stand: the next one, what sounds, what is the same as before. Pure.
import type { Priority } from "../api/types";
import { rank, unseen, type Row } from "./model";

/** The next row behind `key` that waits for somebody, around the end; "" for none. */
export function nextWaiting(rows: readonly Row[], key: string): string {
  const at = rows.findIndex((row) => row.key === key);
  const around = [...rows.slice(at + 1), ...rows.slice(0, Math.max(at, 0))];
  return around.find((row) => row.waits)?.key ?? "";
}

/** One up or down from `key`; where it is gone, from where it was. */
export function step(rows: readonly Row[], key: string, was: number, by: 1 | -1): string {
  const at = rows.findIndex((row) => row.key === key);
  if (at < 0 && !key) return rows[by > 0 ? 0 : rows.length - 1]?.key ?? "";
  const next = at >= 0 ? at + by : by > 0 ? was : was - 1;
  return rows[Math.min(Math.max(next, 0), rows.length - 1)]?.key ?? "";
}

/** What makes noise: alarms that nobody saw, by when they were told last; what we have to read. */
export function voices(rows: readonly Row[]): Map<string, Priority> {
  const found = new Map<string, Priority>();
  for (const row of rows) {
    for (const alarm of row.alarms) {
      if (unseen(alarm) && !alarm.flood)
        found.set(`${alarm.key}@${alarm.told_ms}@${alarm.state}`, alarm.priority);
    }
    if (row.owed?.rung === "read") found.set(`${row.key}@read`, row.priority);
    if (row.other) found.set(`${row.key}@${row.other.state}`, row.priority);
  }
  return found;
}

/** The most urgent of those that nobody silenced. */
export function loudest(
  found: ReadonlyMap<string, Priority>,
  silenced: ReadonlySet<string>,
): Priority | null {
  let best: Priority | null = null;
  for (const [voice, priority] of found) {
    if (silenced.has(voice)) continue;
    if (best === null || rank(priority) < rank(best)) best = priority;
  }
  return best;
}

/** All of a row that is drawn or acted on, as one string. */
const signOf = (row: Row): string =>
  JSON.stringify([
    row.key,
    row.ref,
    row.kind,
    row.priority,
    row.top,
    row.owed,
    row.late,
    row.other,
    row.who,
    row.words,
    row.place,
    row.exercise,
    row.due_ms,
    row.since_ms,
    row.waits,
    row.alarms.map((one) => [
      one.key,
      one.state,
      one.priority,
      one.told_ms,
      one.count,
      one.first_out,
      one.escalations,
      one.active,
      one.flood,
      one.shelved_until,
      one.finding.text,
    ]),
  ]);

/** The rows of before where nothing of them changed, so that only what changed is drawn. */
export function keeper(): (next: readonly Row[]) => readonly Row[] {
  let before: readonly Row[] = [];
  let kept = new Map<string, { sign: string; row: Row }>();
  return (next) => {
    const following = new Map<string, { sign: string; row: Row }>();
    const rows = next.map((row) => {
      const sign = signOf(row);
      const old = kept.get(row.key);
      const one = old?.sign === sign ? old : { sign, row };
      following.set(row.key, one);
      return one.row;
    });
    kept = following;
    const same = rows.length === before.length && rows.every((row, n) => row === before[n]);
    return same ? before : (before = rows);
  };
}
