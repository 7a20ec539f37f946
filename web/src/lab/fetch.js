// One request from its beginning to its end, so that the lab awaits one promise for it: where memory is shared, every
// await costs the lab a trip through its event loop (wasm-bindgen-futures wakes its tasks with Atomics.waitAsync there).

// Bodies up to this length come in one piece: a stream costs two more promises.
const SMALL_BYTES = 65536;

// Sends a POST with `json`, or a GET without. Gives the body to `take`, which says whether to go on, unless it is to stay
// `unread`: then the request ends with the head of the answer. Resolves to status, time to the head of the answer, after
// redirects the address that answered and, if it `tells`, the protocol that the answer came over; rejects with the kind of a
// task's error and a message.
export async function request(url, json, unread, cached, tells, limit_ms, controller, take) {
  const { signal } = controller;
  // Where the cache is asked, a GET of an address that is being gotten waits for the cache's lock (Chromium), also if the server
  // forbids caching.
  const options = { cache: cached ? "default" : "no-store", credentials: "omit", redirect: "follow", signal };
  if (json !== undefined) {
    options.method = "POST";
    options.body = json;
    // As text it needs no leave of a target with an address of its own: https://fetch.spec.whatwg.org/#simple-header
    if (!tells) options.headers = { "content-type": "application/json" };
  }
  const began_ms = performance.now();
  const flight = { controller, late_ms: began_ms + limit_ms, late: false };
  let refused = false;
  let response;
  let told;
  const give = (chunk) => {
    signal.throwIfAborted();
    if (take(chunk)) return;
    refused = true;
    controller.abort();
    signal.throwIfAborted();
  };
  try {
    limit(flight);
    if (tells) told = protocol_of(url, began_ms);
    response = await fetch(url, options);
    const first_byte_ms = performance.now() - began_ms;
    const { body, headers } = response;
    const length = headers.get("content-length");
    if (unread) {
      controller.abort();
    } else if (body === null || (length !== null && Number(length) <= SMALL_BYTES)) {
      const bytes = await response.arrayBuffer();
      if (bytes.byteLength > 0) give(new Uint8Array(bytes));
    } else {
      await read(body, give);
    }
    const moved_to = response.redirected ? response.url : undefined;
    return [response.status, first_byte_ms, moved_to, await told?.get()];
  } catch (error) {
    // A caller that refused knows why.
    if (refused) throw { kind: "cancelled", message: "the answer was refused" };
    if (flight.late) throw { kind: "timeout", message: `the answer was not there within ${limit_ms} ms: ${url}` };
    if (response) throw { kind: "body", message: `the body broke off (${error.message}): ${url}` };
    throw unanswered(url, error, tells);
  } finally {
    flights.delete(flight);
    told?.forget();
  }
}

// How long a browser may take to tell over which protocol an answer came.
const TELL_MS = 2000;
// Who waits to hear that, by address.
const waiting = new Map();
let observer;

// Hears over which protocol the answer to a request comes, in the words of the browser. Its list of what was loaded ends after
// some hundred entries; whoever observes it is told of all. https://www.w3.org/TR/resource-timing/
function protocol_of(url, began_ms) {
  observer ??= observe();
  const name = new URL(url).href;
  let hear;
  const heard = new Promise((resolve) => (hear = resolve));
  waiting.set(name, hear);
  return {
    get: () => {
      const entry = performance.getEntriesByName(name, "resource").findLast((entry) => entry.startTime >= began_ms - 1);
      if (entry !== undefined) return entry.nextHopProtocol;
      return Promise.race([heard, new Promise((resolve) => setTimeout(resolve, TELL_MS))]);
    },
    forget: () => waiting.delete(name),
  };
}

function observe() {
  const observer = new PerformanceObserver((list) => {
    for (const { name, nextHopProtocol } of list.getEntries()) waiting.get(name)?.(nextHopProtocol);
  });
  observer.observe({ type: "resource" });
  return observer;
}

// What an address says, as text.
export async function text_of(url) {
  const response = await fetch(url, { cache: "no-store", credentials: "omit" });
  if (!response.ok) throw new Error(`it answered with status ${response.status}`);
  return response.text();
}

// Requests on their way, in the order in which their time runs out: all requests of a worker have the same limit.
const flights = new Set();
let timer;

// Aborts a request when its time is over. One timer serves all: one for each would be set and cleared for nothing.
function limit(flight) {
  flights.add(flight);
  timer ??= setTimeout(end_late, flight.late_ms - performance.now());
}

function end_late() {
  timer = undefined;
  for (const flight of flights) {
    const left_ms = flight.late_ms - performance.now();
    if (left_ms > 0) {
      timer = setTimeout(end_late, left_ms);
      return;
    }
    flights.delete(flight);
    flight.late = true;
    flight.controller.abort();
  }
}

// A body is read in pieces of at most this length, into buffers that are used again: few trips, and what is read is
// still in the cache when it is digested. To let the browser make a new buffer
// for each piece takes half as long again.
const PART_BYTES = 512 << 10;
const spare = [];
// Whether this browser reads bodies into buffers that it is given; known after the first try.
let fills_buffers = true;

// Reads a body to its end.
async function read(body, give) {
  const reader = reader_of(body);
  if (!fills_buffers) {
    for (let part = await reader.read(); !part.done; part = await reader.read()) give(part.value);
    return;
  }
  let part = await reader.read(spare.pop() ?? new Uint8Array(PART_BYTES));
  while (!part.done) {
    give(part.value);
    // The last buffer moves on: https://streams.spec.whatwg.org/#byob-reader-read
    part = await reader.read(new Uint8Array(part.value.buffer));
  }
  // A body that was cancelled keeps its buffer.
  if (part.value !== undefined) spare.push(new Uint8Array(part.value.buffer));
}

function reader_of(body) {
  if (fills_buffers) {
    try {
      return body.getReader({ mode: "byob" });
    } catch (error) {
      // Not every browser's bodies are byte streams: https://fetch.spec.whatwg.org/#bodies
      if (!(error instanceof TypeError)) throw error;
      fills_buffers = false;
    }
  }
  return body.getReader();
}

// Why there was no answer at all, as far as a page may know.
function unanswered(url, error, tells) {
  let address;
  try {
    address = new URL(url);
  } catch {
    return { kind: "address", message: `this is no address: ${url}` };
  }
  if (!/^https?:$/.test(address.protocol)) {
    return { kind: "address", message: `only http and https addresses can be asked for: ${url}` };
  }
  // One TypeError for all of it, on purpose: https://fetch.spec.whatwg.org/#concept-network-error
  const cors = address.origin === self.location.origin ? "" : ", or does not allow pages of other origins (CORS)";
  const reasons = `the server is down, is unknown, refuses, redirects without end or answers no HTTP${cors}`;
  const untold = `${error.message}; a browser does not tell whether ${reasons}`;
  // Each port of a server is asked about by itself, and only a page that is opened is asked about at all.
  const unknown = `, or shows a certificate that this browser does not know yet: then open ${address.origin}/ once, and accept it`;
  return { kind: "network", message: `${untold}${tells ? unknown : ""}: ${url}` };
}
