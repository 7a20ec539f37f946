// Workers that compute at the same time, to find out how many of them the machine has cores for. This script is that of these
// workers, too.

const NAME = "parlab gauge";
// Long beside the slices in which a system hands out its cores, short beside what anybody would notice.
const ROUND_MS = 40;
// Until then all have heard that they are to begin.
const LEAD_MS = 5;

// Counts pieces of computing between two times of the clock that all workers share.
function count(from_ms, until_ms) {
  const now_ms = () => performance.timeOrigin + performance.now();
  while (now_ms() < from_ms);
  let pieces = 0;
  let state = 1;
  for (; now_ms() < until_ms; pieces += 1) {
    for (let step = 0; step < 10000; step += 1) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
    }
  }
  return state === 0 ? 0 : pieces;
}

if (self.name === NAME) {
  self.onmessage = ({ data: [from_ms, until_ms] }) => self.postMessage(count(from_ms, until_ms));
  self.postMessage(0);
}

export class Gauge {
  #workers = [];

  // Makes so many workers. Resolves when all are there, and know their way.
  async open(cores) {
    for (let core = 0; core < cores; core += 1) {
      this.#workers.push(new Worker(import.meta.url, { type: "module", name: NAME }));
    }
    await Promise.all(this.#workers.map(heard));
    await this.pieces(cores);
  }

  // How many pieces the first so many workers compute together in a round.
  async pieces(workers) {
    const from_ms = performance.timeOrigin + performance.now() + LEAD_MS;
    const counts = this.#workers.slice(0, workers).map((worker) => {
      const counted = heard(worker);
      worker.postMessage([from_ms, from_ms + ROUND_MS]);
      return counted;
    });
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }

  close() {
    this.#workers.forEach((worker) => worker.terminate());
  }
}

// What a worker says next.
function heard(worker) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(event);
    };
  });
}
