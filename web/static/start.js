// The page's module, started from a file because the content security policy allows no inline script.
import init from "./page.js";
init();
