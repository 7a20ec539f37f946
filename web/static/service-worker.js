// The service worker of a site on a host that only has files: it keeps the page for when there is no network, adds the headers
// that isolate it, and is its target. `parlab site` puts one line before this, which says of which build it is and what belongs
// to it, by name below the scope:
//
//     const BUILD = "b/…/", FILES = ["index.html", "b/…/page.js", …];

/* global BUILD, FILES, parlab_target */

importScripts(`${BUILD}target/target.js`);

const INDEX = "index.html";
const SCOPE = registration.scope;
const BELOW = new URL(SCOPE).pathname;

// Sites may share an origin, and so its caches.
const CACHES = `parlab ${SCOPE} `;
const CACHE = `${CACHES}${BUILD} ${hash(FILES.join("\n"))}`;

// What `parlab serve` adds to what it answers: native/src/http/headers.rs, where a test holds both equal.
const HEADERS = [
  ["cross-origin-resource-policy", "same-origin"],
  ["content-security-policy", "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self' http: https: ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"],
  ["referrer-policy", "no-referrer"],
  ["x-content-type-options", "nosniff"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-embedder-policy", "require-corp"],
];

// Hosts do not know all of them, and browsers do not guess any more when they are told not to.
const TYPES = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  svg: "image/svg+xml",
  wasm: "application/wasm",
};

addEventListener("install", (event) => event.waitUntil(install()));

addEventListener("activate", (event) => event.waitUntil(activate()));

addEventListener("message", (event) => {
  if (event.data?.type === "take-over") event.waitUntil(skipWaiting());
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (origin !== location.origin || !pathname.startsWith(BELOW)) return;
  const name = pathname.slice(BELOW.length) || INDEX;
  if (name.startsWith("target/")) {
    event.respondWith(answered(event, `/${name}`, search.slice(1)));
  } else if (FILES.includes(name) && ["GET", "HEAD"].includes(request.method)) {
    event.respondWith(kept_or_had(name, request));
  } else {
    event.respondWith(passed_on(request));
  }
});

// Keeps all files, or none: then whoever is open hears why.
async function install() {
  try {
    const files = await Promise.all(FILES.map(async (name) => [name, await had(name)]));
    const cache = await caches.open(CACHE);
    await Promise.all(files.map(([name, response]) => cache.put(new URL(name, SCOPE), response)));
  } catch (error) {
    const open = await clients.matchAll({ includeUncontrolled: true });
    const own = open.filter(({ url }) => url.startsWith(SCOPE));
    for (const client of own) client.postMessage({ type: "not-installed", reason: error.message });
    throw error;
  }
}

// A file as the host has it now.
async function had(name) {
  // What is in a build's folder never changes.
  const cache = name.startsWith(BUILD) ? "default" : "reload";
  const response = await fetch(new URL(name, SCOPE), { cache });
  if (!response.ok) throw new Error(`the host answers ${response.status} to ${name}`);
  const ending = name.slice(name.lastIndexOf(".") + 1);
  const type = response.headers.get("content-type") ?? "application/octet-stream";
  if (ending !== "html" && type.startsWith("text/html")) throw new Error(`the host answers HTML to ${name}`);
  const body = await response.arrayBuffer();
  // A host, or what it has in front of it, may be between two builds.
  if (name === INDEX && !new TextDecoder().decode(body).includes(BUILD)) {
    throw new Error(`the ${INDEX} that the host answers is of another build`);
  }
  return new Response(body, { headers: [["content-type", TYPES[ending] ?? type], ...HEADERS] });
}

// Forgets earlier builds, and answers from now on whatever pages of this scope are open.
async function activate() {
  const names = await caches.keys();
  const earlier = names.filter((name) => name.startsWith(CACHES) && name !== CACHE);
  await Promise.all(earlier.map((name) => caches.delete(name)));
  await clients.claim();
}

// A file that is kept, unless somebody took it away.
function kept(name) {
  return caches.match(new URL(name, SCOPE), { cacheName: CACHE });
}

async function kept_or_had(name, request) {
  return (await kept(name).catch(() => undefined)) ?? passed_on(request);
}

// What the host answers, with the headers.
async function passed_on(request) {
  const response = await fetch(request);
  // What scripts may not see cannot be made again: redirects of navigations.
  if (response.status === 0) return response;
  const { body, status, statusText } = response;
  const headers = new Headers(response.headers);
  // The body is as it was before it was packed.
  headers.delete("content-encoding");
  headers.delete("content-length");
  for (const [name, value] of HEADERS) headers.set(name, value);
  return new Response(body, { status, statusText, headers });
}

// FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/), of UTF-16.
function hash(text) {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

// The most bytes of a body that are handed over at once.
const CHUNK_BYTES = 512 << 10;

// The module that says what is answered: loaded when it is first asked, once for as long as this worker lives.
let loading;

function target() {
  loading ??= load();
  return loading;
}

async function load() {
  try {
    const name = `${BUILD}target/target_bg.wasm`;
    await parlab_target({ module_or_path: (await kept(name)) ?? fetch(new URL(name, SCOPE)) });
    return parlab_target.block();
  } catch (error) {
    loading = undefined;
    throw error;
  }
}

// What the target answers to a request, when it would.
async function answered(event, path, query) {
  const begun_ms = performance.now();
  const { request } = event;
  let told, bytes;
  try {
    const posted = request.method === "POST" ? await request.arrayBuffer() : undefined;
    const block = await target();
    [told, bytes = block] = parlab_target.answer(request.method, path, query, new Uint8Array(posted ?? 0));
    told = JSON.parse(told);
  } catch (error) {
    const reason = `The target cannot answer (${error.message}): reload the page.\n`;
    return new Response(reason, { status: 503, headers: [["content-type", "text/plain; charset=utf-8"], ...HEADERS] });
  }
  await until(begun_ms + told.latency_ms);
  if (told.fault === "garbage") return Response.error();
  const headers = new Headers([...told.headers, ...HEADERS, ["cache-control", "no-store"]]);
  headers.set("content-length", told.announced_bytes);
  const location = headers.get("location");
  if (location !== null) headers.set("location", new URL(location, request.url));
  return new Response(body(event, told, bytes), { status: told.status, headers });
}

// The body of an answer, out of `bytes`, over and over.
function body(event, { sent_bytes, announced_bytes, only_head, fault, pace }, bytes) {
  if (only_head || announced_bytes === 0) return null;
  const ends_early = sent_bytes < announced_bytes;
  if (!ends_early && !pace && sent_bytes <= CHUNK_BYTES) return bytes.subarray(0, sent_bytes);
  const most = Math.min(CHUNK_BYTES, pace?.piece_bytes ?? CHUNK_BYTES);
  let sent = 0;
  let begun_ms, over;
  // Browsers end a worker that nothing waits for.
  event.waitUntil(new Promise((resolve) => (over = resolve)));
  let is_over = false;
  const finish = () => {
    is_over = true;
    over();
  };
  const pull = async (controller) => {
    if (sent === sent_bytes) {
      if (fault === "stall") await until(performance.now() + STALL_MS);
      controller.error(new Error("the body ends early because the request asked for it"));
      return finish();
    }
    const from = sent % bytes.length;
    const length = Math.min(most, sent_bytes - sent, bytes.length - from);
    begun_ms ??= performance.now();
    sent += length;
    if (pace) await until(begun_ms + (sent / pace.bytes_per_second) * 1e3);
    if (is_over) return;
    controller.enqueue(bytes.subarray(from, from + length));
    if (sent === sent_bytes && !ends_early) {
      controller.close();
      finish();
    }
  };
  // Nothing is made that nobody has asked for: what waits to be read would be lost when the body ends early.
  return new ReadableStream({ pull, cancel: finish }, { highWaterMark: 0 });
}

// How long a stalled answer is kept open at most.
const STALL_MS = 120_000;

// Resolves when it is that late. Timers of browsers know whole milliseconds, and come a little early.
async function until(due_ms) {
  for (let left_ms = due_ms - performance.now(); left_ms > 0; left_ms = due_ms - performance.now()) {
    await new Promise((resolve) => setTimeout(resolve, Math.ceil(left_ms)));
  }
}
