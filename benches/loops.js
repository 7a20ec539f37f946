// What the lab's work takes without the lab: the shortest loop that does the same, on the same page. Each returns
// milliseconds.

async function lanes(tasks, in_flight, perform) {
  let next = 0;
  const lane = async () => {
    while (next < tasks) await perform(next++);
  };
  const began_ms = performance.now();
  await Promise.all(Array.from({ length: in_flight }, lane));
  return performance.now() - began_ms;
}

const post = (tasks, in_flight) =>
  lanes(tasks, in_flight, async (task) => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`/target/echo?task=${task}`, { method: "POST", body: `{"request":${task}}`, headers });
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`status ${response.status}`);
  });

const download = (tasks, in_flight, bytes) =>
  lanes(tasks, in_flight, async (task) => {
    const response = await fetch(`/target/bytes/${bytes}?task=${task}`, { cache: "no-store" });
    const reader = response.body.getReader();
    let received = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) received += part.value.length;
    if (received !== bytes) throw new Error(`${received} bytes`);
  });

// Files are written in a worker: only there can they be written synchronously.
async function write_in_worker({ tasks, bytes, block_bytes }) {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle("loops", { create: true });
  const block = new Uint8Array(Math.min(bytes, block_bytes)).fill(97);
  const began_ms = performance.now();
  for (let task = 0; task < tasks; task += 1) {
    const file = await folder.getFileHandle(`output-${task}.txt`, { create: true });
    const access = await file.createSyncAccessHandle();
    for (let at = 0; at < bytes; at += block.length) access.write(block.subarray(0, bytes - at), { at });
    access.close();
  }
  const wall_ms = performance.now() - began_ms;
  await root.removeEntry("loops", { recursive: true });
  return wall_ms;
}

async function write(tasks, bytes, block_bytes) {
  const source = `onmessage = async ({ data }) => postMessage(await (${write_in_worker})(data));`;
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = reject;
      worker.postMessage({ tasks, bytes, block_bytes });
    });
  } finally {
    worker.terminate();
  }
}

// The same by the lab.
async function lab(options) {
  const { runs } = await parlab.run({ runs: 1, warmup: 0, ...options });
  const failed = runs[0].spans.find((span) => span.error);
  if (failed) throw new Error(failed.error.message);
  return runs[0].wall_ms;
}

window.loops = { post, download, write, lab };
