// A file that is chosen for a text area (`data-into`) is shown in it at once, to be read and changed
// before anything is done. Without this script the file goes along with the form.

const LARGEST = 1 << 20;

export function listenForFiles(): void {
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || !input.dataset.into) return;
    const area = document.getElementById(input.dataset.into);
    const file = input.files?.[0];
    // What is too long is refused by the node, in its words.
    if (!(area instanceof HTMLTextAreaElement) || !file || file.size > LARGEST) return;
    void show(file, area, input);
  });
}

async function show(file: File, area: HTMLTextAreaElement, input: HTMLInputElement): Promise<void> {
  const text = await decoded(file);
  // What is no text stays a file: the node says so.
  if (text === null) return;
  area.value = text;
  input.value = "";
  area.focus();
}

async function decoded(file: File): Promise<string | null> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    return null;
  }
}
