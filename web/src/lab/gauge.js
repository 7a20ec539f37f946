// How much faster than one worker all of them compute at once, of which there are as many as the browser names cores. This
// script is the one of these workers, too.

const NAME = "parlab gauge";
// What is longest undisturbed counts: other programs only ever take something away.
const ROUNDS = 3;
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

// Resolves to the speed, or to undefined where it cannot be measured.
export async function parallel_speed(cores) {
  const workers = [];
  const heard = (worker) =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = reject;
    });
  const pieces = async (workers) => {
    const from_ms = performance.timeOrigin + performance.now() + LEAD_MS;
    const counts = workers.map((worker) => {
      const count = heard(worker);
      worker.postMessage([from_ms, from_ms + ROUND_MS]);
      return count;
    });
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  };
  try {
    for (let core = 0; core < cores; core += 1) {
      workers.push(new Worker(import.meta.url, { type: "module", name: NAME }));
    }
    await Promise.all(workers.map(heard));
    // Until it is compiled, it is slow.
    await pieces(workers);
    let [of_one, of_all] = [0, 0];
    for (let round = 0; round < ROUNDS; round += 1) {
      of_one = Math.max(of_one, await pieces(workers.slice(0, 1)));
      of_all = Math.max(of_all, await pieces(workers));
    }
    return of_one > 0 ? of_all / of_one : undefined;
  } catch {
    return undefined;
  } finally {
    workers.forEach((worker) => worker.terminate());
  }
}
