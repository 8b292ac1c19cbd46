// What needs an officer: one row a subject, in the order of need; what is owed and until when.
import assert from "node:assert/strict";
import test from "node:test";
import type { Alarmed, Item, Priority, Standing } from "../src/api/types";
import { rowsOf, type Sources } from "../src/needs/gathering";
import { keeper, loudest, nextWaiting, step, voices } from "../src/needs/listing";
import { owes, readBackFirst, shelvable, type Rules } from "../src/needs/model";

const NOW = 1_700_000_000_000;
const RULES: Rules = {
  classes: [
    {
      id: "transit",
      title: "Transit",
      timers: { read_s: 60, read_back_s: 120, answer_s: 300 },
      needs_read_back: false,
    },
    {
      id: "live-activity",
      title: "Live activity",
      timers: { read_s: 60, read_back_s: 120, answer_s: 300 },
      needs_read_back: true,
    },
  ],
  urgent: { read_s: 10, read_back_s: 20, answer_s: 60 },
  observers: new Set(["white"]),
};

function alarm(kind: string, refs: string[], more: Partial<Alarmed> = {}): Alarmed {
  const key = [kind, ...refs].join("|");
  return {
    key,
    priority: "medium",
    state: "unacknowledged",
    active: true,
    response: "",
    finding: {
      key,
      kind,
      level: "warning",
      refs,
      parties: [],
      from: "",
      from_ms: NOW - 1000,
      until: "",
      until_ms: NOW + 1000,
      measures: {},
      codes: [],
      text: "",
    },
    raised: "",
    raised_ms: NOW - 5000,
    told_ms: NOW - 5000,
    count: 1,
    first_out: true,
    group: "",
    acknowledged_by: "",
    acknowledged: null,
    shelved_by: "",
    shelved_until: null,
    shelf_reason: "",
    escalations: 0,
    flood: false,
    ...more,
  };
}

function standing(party: string, rung = "received", more: Partial<Standing> = {}): Standing {
  return {
    party,
    version: 1,
    rung,
    role: "",
    received: null,
    received_ms: NOW,
    read: null,
    read_ms: -1,
    read_back: null,
    read_back_ms: -1,
    answered: null,
    answered_ms: -1,
    mismatch: [],
    ...more,
  };
}

function notice(item: string, author: string, standings: Standing[], kind = "transit"): Item {
  const content = {
    kind: "notice",
    activity_class: kind,
    place: "lake",
    text: "",
    releaser: "",
    start_ms: NOW,
    end_ms: NOW,
    volumes: [],
    read_back: {},
  } as unknown as Item["content"];
  return {
    ref: `notice:${item}`,
    kind: "notice",
    item,
    author,
    role: "duty",
    to: [],
    exercise: false,
    version: 1,
    content_version: 1,
    state: "notified",
    closed: false,
    closed_at: null,
    closed_ms: -1,
    told: "",
    told_ms: NOW - 1000,
    content,
    standings,
    text: "",
    witnessed: true,
  };
}

const from = (more: Partial<Sources>): Sources => ({
  party: "blue",
  name: "Avery Watch",
  now_ms: NOW,
  rules: RULES,
  items: [],
  alarms: [],
  drafts: [],
  watched: null,
  ...more,
});

test("an alarm about a notice and the answer that it waits for are one row", () => {
  const rows = rowsOf(
    from({
      items: [notice("green-1", "green", [standing("blue")])],
      alarms: [alarm("lead-time", ["notice:green-1@2"])],
    }),
  );
  assert.equal(rows.length, 1);
  assert.equal(rows[0]?.key, "notice:green-1");
  assert.equal(rows[0]?.alarms.length, 1);
  assert.deepEqual(rows[0]?.owed, { party: "blue", rung: "read", due_ms: NOW + 60_000 });
});

test("alarms of a group stand with its first", () => {
  const first = alarm("track-lost", ["track:icao:b1@2"]);
  const second = alarm("track-against-plan", ["notice:x", "track:icao:b1@2"], {
    group: first.key,
    first_out: false,
  });
  const apart = alarm("unacknowledged", ["stop:green-3", "party:blue"], {
    group: first.key,
    first_out: false,
  });
  const rows = rowsOf(from({ alarms: [second, first, apart] }));
  assert.deepEqual(
    rows.map((row) => [row.key, row.alarms.length]),
    [
      ["stop:green-3", 1],
      ["track:icao:b1@2", 2],
    ],
  );
});

test("the ladder owes read, then read-back where the class asks for it, then an answer", () => {
  const rungs = (kind: string, rung: string) =>
    owes(standing("blue", rung), notice("green-1", "green", [], kind), RULES)?.rung;
  assert.equal(rungs("live-activity", "received"), "read");
  assert.equal(rungs("live-activity", "read"), "read-back");
  assert.equal(rungs("live-activity", "read-back"), "accepted");
  assert.equal(rungs("transit", "read"), "accepted");
  assert.equal(rungs("transit", "objected"), undefined);
});

test("time counts from the receipt, or from when it was told without one", () => {
  const item = notice("green-1", "green", []);
  const without = owes(standing("blue", "received", { received_ms: -1 }), item, RULES);
  assert.equal(without?.due_ms, NOW - 1000 + 60_000);
});

test("acceptance leads through a read-back only where the class asks and none was right", () => {
  const of = (kind: string, one: Standing) =>
    readBackFirst(notice("green-1", "green", [one], kind), "blue", RULES);
  assert.equal(of("live-activity", standing("blue", "read")), true);
  assert.equal(of("live-activity", standing("blue", "read-back", { read_back_ms: NOW })), false);
  assert.equal(of("transit", standing("blue", "read")), false);
});

test("an observer is never late; another addressee is when its time is over", () => {
  const late = [
    standing("green", "received", { received_ms: NOW - 61_000 }),
    standing("white", "received", { received_ms: NOW - 61_000 }),
  ];
  const rows = rowsOf(from({ items: [notice("blue-1", "blue", late)] }));
  assert.deepEqual(
    rows[0]?.late.map((one) => one.party),
    ["green"],
  );
});

test("STOP of another party is above everything, then priority, then what runs out first", () => {
  const stop = { ...notice("green-9", "green", [standing("blue")]), kind: "stop" as const };
  const raised: Item = {
    ...stop,
    ref: "stop:green-9",
    content: { kind: "stop", area: null, notice: "", text: "" },
  };
  const rows = rowsOf(
    from({
      items: [
        notice("green-1", "green", [standing("blue", "read", { received_ms: NOW - 10_000 })]),
        notice("green-2", "green", [standing("blue", "read", { received_ms: NOW - 20_000 })]),
        raised,
      ],
      alarms: [alarm("emergency", ["track:icao:dd"], { priority: "critical" })],
    }),
  );
  assert.deepEqual(
    rows.map((row) => row.key),
    ["stop:green-9", "track:icao:dd", "notice:green-2", "notice:green-1"],
  );
});

test("what is acknowledged stays, dim, below what waits at the same priority", () => {
  const rows = rowsOf(
    from({
      alarms: [
        alarm("track-lost", ["track:a"], { state: "acknowledged", raised_ms: NOW }),
        alarm("track-lost", ["track:b"]),
        alarm("track-lost", ["track:c"], { state: "returned", active: false }),
      ],
    }),
  );
  assert.deepEqual(
    rows.map((row) => [row.key, row.waits]),
    [
      ["track:b", true],
      ["track:c", true],
      ["track:a", false],
    ],
  );
});

test("a STOP, a DISTRESS and a bystander are never shelved, nor what is over", () => {
  for (const kind of ["stop", "distress", "bystander-in-hazard", "emergency"])
    assert.equal(shelvable(alarm(kind, ["notice:x"])), false);
  assert.equal(shelvable(alarm("conflict", ["notice:x"])), true);
  assert.equal(shelvable(alarm("conflict", ["notice:x"], { active: false })), false);
});

test("the next that waits is behind the one acted on, around the end", () => {
  const row = (key: string, waits: boolean) => ({ key, waits }) as never;
  const rows = [row("a", true), row("b", true), row("c", false)];
  assert.equal(nextWaiting(rows, "b"), "a");
  assert.equal(nextWaiting(rows, "a"), "b");
  assert.equal(nextWaiting([row("a", true)], "a"), "");
});

test("a chosen row that went is left from where it was", () => {
  const row = (key: string) => ({ key }) as never;
  const rows = [row("a"), row("b"), row("c")];
  assert.equal(step(rows, "", 0, 1), "a");
  assert.equal(step(rows, "b", 1, 1), "c");
  assert.equal(step(rows, "gone", 1, 1), "b");
  assert.equal(step(rows, "gone", 1, -1), "a");
  assert.equal(step([], "gone", 1, -1), "");
});

test("a silence lasts until something new comes or is told anew", () => {
  const at = (priority: Priority, told_ms: number) =>
    rowsOf(from({ alarms: [alarm("conflict", ["notice:x"], { priority, told_ms })] }));
  const silenced = new Set(voices(at("high", 1)).keys());
  assert.equal(loudest(voices(at("high", 1)), new Set()), "high");
  assert.equal(loudest(voices(at("high", 1)), silenced), null);
  assert.equal(loudest(voices(at("high", 2)), silenced), "high");
});

test("what a flood gathered makes no sound", () => {
  const rows = rowsOf(from({ alarms: [alarm("conflict", ["notice:x"], { flood: true })] }));
  assert.equal(loudest(voices(rows), new Set()), null);
});

test("a row of which nothing changed is the same object", () => {
  const keep = keeper();
  const one = keep(rowsOf(from({ alarms: [alarm("conflict", ["notice:x"])] })));
  const two = keep(rowsOf(from({ alarms: [alarm("conflict", ["notice:x"])] })));
  assert.equal(one, two);
  const changed = alarm("conflict", ["notice:x"], { state: "acknowledged" });
  assert.notEqual(keep(rowsOf(from({ alarms: [changed] })))[0], one[0]);
});

test("2,000 alarms are 2,000 rows", () => {
  const alarms = Array.from({ length: 2000 }, (_, n) => alarm("track-lost", [`track:t${n}`]));
  assert.equal(rowsOf(from({ alarms })).length, 2000);
});

test("papers that we owe, drafts that I may release and a handover to me are rows; others' are not", () => {
  const line = (kind: string, ref: string, level: string) =>
    ({ kind, ref, level, words: "words", state: "we owe: read", due_ms: NOW + 9000 }) as never;
  const offer = { ref: "handover:blue-3", stage: "offered", outgoing: "B", text: "", said_ms: NOW };
  const draft = (id: string, may: string[]) =>
    ({
      id,
      may,
      text: "",
      author: { name: "B" },
      exercise: false,
      lapses_ms: -1,
      made_ms: NOW,
    }) as never;
  const watched = (incoming: string) =>
    ({
      open: [
        line("paper-owed", "message:green-4", "urgent"),
        line("paper-awaited", "message:blue-1", "urgent"),
      ],
      offer: { ...offer, incoming, offered_ms: NOW },
    }) as never;
  const rows = (incoming: string) =>
    rowsOf(
      from({
        watched: watched(incoming),
        drafts: [draft("1-a", ["release"]), draft("2-b", ["withdraw"])],
      }),
    ).map((row) => [row.key, row.priority, row.other?.room]);
  assert.deepEqual(rows("Avery Watch").sort(), [
    ["draft:1-a", "medium", "notice"],
    ["handover:blue-3", "medium", "handover"],
    ["message:green-4", "critical", "hotline"],
  ]);
  assert.equal(rows("Somebody Else").length, 2);
});
