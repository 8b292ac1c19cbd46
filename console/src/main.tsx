import { render } from "preact";
import { App } from "./app/App";
import { get, Problem } from "./api/client";
import { isLanguage, speak } from "./i18n";
import { heard } from "./state/clock";
import { session, type Session } from "./state/session";
import "./styles.css";

const root = document.getElementById("app");
if (root) render(<App />, root);

async function whoSitsHere(): Promise<void> {
  const first = navigator.language.slice(0, 2);
  if (isLanguage(first)) void speak(first);
  try {
    const found = await get<Session>("/v1/session");
    heard(found.now_ms);
    if (isLanguage(found.language)) await speak(found.language);
    session.value = found;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) session.value = null;
    else setTimeout(() => void whoSitsHere(), 1000);
  }
}

void whoSitsHere();
