// Values in Latin signs inside right-to-left text: each is kept in one piece. Pure.

const TOKEN = String.raw`[A-Za-z0-9](?:(?:[A-Za-z0-9.:/+°'"_-]|,(?=\d))*[A-Za-z0-9°'"])?`;
const RUN = new RegExp(`(${TOKEN}(?: ${TOKEN})*)`, "g");

/** The text in pieces; every second one is a run of Latin letters and digits. */
export const runs = (text: string): string[] => text.split(RUN);
