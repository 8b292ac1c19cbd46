// The phone script as the node writes it, taken apart into its numbered rows. Pure.

export interface Row {
  number: string;
  said: string;
  value: string;
  /** It has to be heard back. */
  back: boolean;
}

export interface Script {
  banner: string;
  title: string;
  rows: readonly Row[];
  /** What is filled in by hand during the call. */
  foot: readonly string[];
}

const NUMBERED = /^(\d+(?:\.\d+)?[a-z]?)\. (.*)$/;
const VALUE = /^ {4}(\[ \] read back: {2})?(.*)$/;

export function scriptOf(text: string): Script {
  const lines = text.split("\n");
  const [banner = "", title = ""] = lines;
  const rows: Row[] = [];
  const foot: string[] = [];
  for (const line of lines.slice(2)) {
    const numbered = NUMBERED.exec(line);
    const value = VALUE.exec(line);
    const last = rows.at(-1);
    if (numbered)
      rows.push({ number: numbered[1] ?? "", said: numbered[2] ?? "", value: "", back: false });
    else if (value && last && foot.length === 0) {
      last.value = `${last.value} ${value[2] ?? ""}`.trim();
      last.back ||= value[1] !== undefined;
    } else if (line && line !== banner) foot.push(line);
  }
  return { banner, title, rows, foot };
}
