// What tabs of one browser say to each other, and the lock of the one that measures.

const NAME = "parlab-measuring";

export class Tabs {
  #channel;
  #granted;
  #abort;
  #release;

  // `heard` gets each word that another tab says, `granted` is called when the lock is this tab's.
  constructor(heard, granted) {
    this.#granted = granted;
    try {
      this.#channel = new BroadcastChannel(NAME);
      this.#channel.onmessage = ({ data }) => heard(data);
    } catch {
      // A page that may not speak to others is alone.
    }
  }

  has_locks() {
    return navigator.locks !== undefined;
  }

  say(word) {
    this.#channel?.postMessage(word);
  }

  // Queues for the lock.
  request() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    navigator.locks
      .request(NAME, { signal }, () => new Promise((release) => {
        this.#release = release;
        this.#granted();
      }))
      .catch((error) => {
        // A page that may not lock measures all the same.
        if (error.name !== "AbortError") this.#granted();
      });
  }

  // Gives the lock back, or leaves the queue.
  release() {
    this.#release?.();
    this.#abort?.abort();
    this.#release = this.#abort = undefined;
  }
}
