// The node's own words: aliases of what `npm run api` makes from its OpenAPI document.
import type { components } from "../../build/api";

type Schemas = components["schemas"];

export type Item = Schemas["ItemView"];
export type ItemsPage = Schemas["ItemsView"];
export type Finding = Schemas["FindingView"];
export type FindingsPage = Schemas["FindingsView"];
export type Alarmed = Schemas["AlarmedView"];
export type Watch = Schemas["WatchView"];
export type Acted = Schemas["ActedView"];
export type Link = Schemas["LinkView"];
export type Health = Schemas["HealthView"];
export type JournalEvent = Schemas["EventView"];
export type Posted = Schemas["PostedView"];

export type Rung = "read" | "read-back" | "accepted" | "objected" | "unable";
export type Priority = "critical" | "high" | "medium" | "low";
export type Level = Finding["level"];
export type PersonEntry = Schemas["PersonView"];
export type Shift = Schemas["ShiftView"];
export type Act = Schemas["ActView"];
export type Track = Schemas["TrackView"];
export type Ledger = Schemas["LedgerView"];
export type AlarmsPage = Schemas["AlarmsView"];
export type Watched = Schemas["WatchedView"];
export type Paper = Schemas["PaperView"];
export type Standing = Schemas["StandingView"];
export type Waiting = Schemas["DraftView"];
export type Handover = Schemas["HandoverView"];
export type OpenLine = Schemas["OpenView"];
export type ComingLine = Schemas["ComingView"];
export type Checked = Schemas["CheckedView"];
export type Pasted = Schemas["PastedView"];
