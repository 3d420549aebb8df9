// What the pages do in the browser beyond links and forms: partial pages by htmx (guarded by its
// extension hx-csp), keys and chosen files. Every page works without this file.
import "htmx.org";
import "htmx.org/dist/ext/hx-csp.js";
import { listenForFiles } from "./files.js";
import { listenForKeys } from "./keys.js";

listenForFiles();
listenForKeys();
