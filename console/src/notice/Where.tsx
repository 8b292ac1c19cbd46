// Where and how big: drawn on the map, typed or pasted in any notation, or a named place.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { post } from "../api/client";
import type { Pasted } from "../api/types";
import { t, type Key } from "../i18n";
import { drawing, type Drawing } from "../map/contract";
import { Button, Field, Refusal, Words as Said } from "../ui/parts";
import { Part } from "./Form";
import { checked } from "./checking";
import { toClass } from "./starting";
import { change, draw, fill, places, read, stopDrawing, words } from "./state";
import { sizeName, type Lacking, type Piece } from "./words";

const MODES: readonly Drawing["mode"][] = ["polygon", "circle", "line", "point"];
/** The node reads no longer text. */
const MOST_CHARS = 1024 * 1024;
const SHOWN = 8;
const PAUSE_MS = 400;

export function Where({ wrong }: { wrong: readonly Lacking[] }) {
  return (
    <Part number="5·6" title={t("notice:where")}>
      <Drawn />
      <Typed wrong={wrong.includes("place")} />
      {places.value.length > 0 && <Place />}
      <Pieces wrong={wrong.includes("size")} />
    </Part>
  );
}

function Drawn() {
  const mode = drawing.value?.mode;
  return (
    <>
      <div class="row" role="group" aria-label={t("notice:draw")}>
        {MODES.map((one) => (
          <Button
            key={one}
            aria-pressed={mode === one}
            {...(one === "polygon" ? { hotkey: "d" } : {})}
            onClick={() => (mode === one ? stopDrawing() : draw(one, toClass))}
          >
            <span aria-hidden="true">
              {{ polygon: "⬠", circle: "◯", line: "⟋", point: "·" }[one]}
            </span>{" "}
            {t(`notice:draw_${one}` as Key)}
          </Button>
        ))}
      </div>
      {mode && (
        <p class="told" role="status">
          {t("notice:drawing")}
        </p>
      )}
    </>
  );
}

/** Anything that names a place: positions, GeoJSON, KML, GPX, a NOTAM, ED-269. */
function Typed({ wrong }: { wrong: boolean }) {
  const text = useSignal("");
  const refused = useSignal<unknown>(null);
  const found = useSignal<Pasted | null>(null);
  const reading = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const readNow = async () => {
    clearTimeout(timer.current);
    const typed = text.peek();
    const mine = ++reading.current;
    if (!typed.trim()) return;
    try {
      const pasted = await post<Pasted>("/v1/drafts/read", { text: typed });
      if (mine !== reading.current) return;
      refused.value = null;
      found.value = pasted;
      fill(pasted.draft as never);
    } catch (error) {
      if (mine !== reading.current) return;
      refused.value = error;
      found.value = null;
    }
  };
  const typing = (next: string) => {
    text.value = next;
    refused.value = null;
    found.value = null;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void readNow(), PAUSE_MS);
  };
  const paste = (event: ClipboardEvent) => {
    const length = event.clipboardData?.getData("text/plain").length ?? 0;
    if (length <= MOST_CHARS) return;
    event.preventDefault();
    found.value = null;
    refused.value = new Error(t("notice:too_long", { length, most: MOST_CHARS }));
  };
  return (
    <>
      <Field
        label={t("notice:typed")}
        hint={t("notice:typed_hint")}
        {...(wrong ? { wrong: t("notice:place_needed") } : {})}
      >
        {(ids) => (
          <textarea
            {...ids}
            name="where"
            dir="ltr"
            rows={2}
            spellcheck={false}
            value={text.value}
            placeholder={"40.1N 20.1E"}
            onPaste={paste}
            onInput={(event) => typing(event.currentTarget.value)}
            onBlur={() => refused.value === null && found.value === null && void readNow()}
          />
        )}
      </Field>
      <Refusal error={refused.value} />
      {found.value && <Recognised pasted={found.value} />}
    </>
  );
}

function Recognised({ pasted }: { pasted: Pasted }) {
  return (
    <div class="told" role="status">
      <p>
        {t("notice:recognised", {
          count: pasted.draft["features"] ? (pasted.draft["features"] as unknown[]).length : 0,
        })}{" "}
        <bdi dir="ltr">{pasted.format}</bdi>
      </p>
      {pasted.assumptions.slice(0, SHOWN).map((one) => (
        <Said key={one} as="p" text={one} />
      ))}
    </div>
  );
}

function Place() {
  return (
    <Field label={t("notice:place")}>
      {(ids) => (
        <select
          {...ids}
          name="place"
          value={words.value.place}
          onChange={(event) => {
            const place = event.currentTarget.value;
            const named: Piece = { geometry: null, size: "", use: "activity", own: {} };
            const kept = words.peek().pieces.filter((one) => one.geometry !== null);
            change({ place, pieces: place ? [named] : kept });
          }}
        >
          <option value="">{t("notice:no_place")}</option>
          {places.value.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

const SIZES = {
  radius_m: "notice:radius",
  half_width_m: "notice:half_width",
  margin_m: "notice:margin",
} as const;

/** How big each is, where it lies in every notation, and a way to take it out. */
function Pieces({ wrong }: { wrong: boolean }) {
  const { pieces } = words.value;
  const view = checked.value?.view;
  return (
    <ol class="pieces">
      {pieces.slice(0, SHOWN).map((one, n) => {
        const size = sizeName(one.geometry);
        const bad = wrong && read.value.sizes[n] === null;
        const told = view?.volumes[n];
        const put = (next: Partial<Piece>) =>
          change({ pieces: pieces.map((piece, m) => (m === n ? { ...piece, ...next } : piece)) });
        return (
          <li key={n}>
            <div class="row">
              <b dir="ltr">6.{n + 1}</b>
              {size ? (
                <Field label={t(SIZES[size])} {...(bad ? { wrong: t("notice:size_needed") } : {})}>
                  {(ids) => (
                    <input
                      {...ids}
                      name="size"
                      dir="ltr"
                      size={8}
                      value={one.size}
                      placeholder={size === "margin_m" ? "0" : "2000 m, 2 km, 1 NM"}
                      onInput={(event) => put({ size: event.currentTarget.value })}
                    />
                  )}
                </Field>
              ) : (
                <span>{t("notice:as_agreed")}</span>
              )}
              <label class="row">
                <input
                  type="checkbox"
                  checked={one.use === "aircraft"}
                  onChange={(event) =>
                    put({ use: event.currentTarget.checked ? "aircraft" : "activity" })
                  }
                />
                {t("notice:own_aircraft")}
              </label>
              <button
                type="button"
                class="close"
                aria-label={t("notice:take_out", { n: n + 1 })}
                onClick={() =>
                  change({
                    pieces: pieces.filter((_, m) => m !== n),
                    ...(one.geometry === null ? { place: "" } : {}),
                  })
                }
              >
                ×
              </button>
            </div>
            {told && (
              <p class="echo mono" dir="ltr">
                {[
                  told.centre.dd,
                  told.centre.dms,
                  told.centre.mgrs,
                  told.centre.range_bearing,
                  `${told.area_km2} km²`,
                ]
                  .filter(Boolean)
                  .join(" · ")}
              </p>
            )}
          </li>
        );
      })}
      {pieces.length > SHOWN && <li>{t("notice:more_areas", { count: pieces.length - SHOWN })}</li>}
    </ol>
  );
}
