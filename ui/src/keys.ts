// Keys: `/` to the search box, `g` and a letter to a place, `?` for the list of keys.
// They can be switched off in that list (WCAG 2.1.4).

const OFF = "enlace.keys-off";
const CHORD_MS = 1500;

let chordUntil = 0;

export function listenForKeys(): void {
  document.addEventListener("keydown", onKey);
  const toggle = document.querySelector<HTMLInputElement>("#keys-on");
  if (!toggle) return;
  toggle.checked = !areOff();
  toggle.addEventListener("change", () => setOff(!toggle.checked));
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isTyping(event.target) || areOff() || isDialogOpen()) return;
  const action = actionOf(event.key);
  if (!action) return;
  event.preventDefault();
  action();
}

function actionOf(key: string): (() => void) | null {
  if (performance.now() < chordUntil) {
    chordUntil = 0;
    const place = document.querySelector<HTMLAnchorElement>(`a[data-go="${CSS.escape(key)}"]`);
    return place ? () => place.click() : null;
  }
  switch (key) {
    case "g":
      return () => {
        chordUntil = performance.now() + CHORD_MS;
      };
    case "/":
      return focusSearch;
    case "?":
      return () => document.querySelector<HTMLDialogElement>("#keys")?.showModal();
    default:
      return null;
  }
}

function focusSearch(): void {
  const box = document.querySelector<HTMLInputElement>("[data-focus-search]");
  box?.focus();
  box?.select();
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName))
  );
}

function isDialogOpen(): boolean {
  return document.querySelector("dialog[open]") !== null;
}

// Storage may be forbidden; then the keys are on.
function areOff(): boolean {
  try {
    return localStorage.getItem(OFF) === "1";
  } catch {
    return false;
  }
}

function setOff(off: boolean): void {
  try {
    if (off) localStorage.setItem(OFF, "1");
    else localStorage.removeItem(OFF);
  } catch {
    // Nothing to keep it in.
  }
}
