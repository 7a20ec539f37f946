// What stands in for a server on a static host: a service worker, which adds the headers that isolate the page, keeps its
// files, and is the target of its requests. What is missing for that, the page reads on its `meta` element.

// The page was loaded once more in this tab, so that it would be isolated.
const RELOADED = "parlab.reloaded";
// A host that takes longer than this for a build's files is not waited for.
const PATIENCE_MS = 120_000;

const mark = document.querySelector("meta[name=parlab-host]");

/**
 * Registers the service worker and waits for it; says meanwhile what is done. Resolves to whether the page may go on: it is
 * loaded once more otherwise.
 */
export async function prepare(announce) {
  const missing = await set_up(announce);
  if (missing === undefined) return false;
  if (missing !== null) [mark.dataset.reason, mark.dataset.fix] = missing;
  return true;
}

/** What is missing and how to get it; null if nothing is, undefined if the page is loaded once more. */
async function set_up(announce) {
  if (!isSecureContext) {
    return ["this address is not secure, and browsers have no service workers there", "open the page over https"];
  }
  const workers = navigator.serviceWorker;
  if (workers === undefined) {
    return [
      "this browser has no service workers here, as in some private windows",
      "open the page in a window that is not private, in a current Chromium, Firefox or Safari",
    ];
  }
  const page = new URL("./", document.baseURI);
  // It says why it could not keep the files, where it can.
  let told = "";
  workers.addEventListener("message", ({ data }) => {
    if (data?.type === "not-installed") told = `: ${data.reason}`;
  });
  workers.startMessages();
  let registration;
  try {
    registration = await workers.register(new URL("service-worker.js", page), { scope: page.pathname, updateViaCache: "none" });
  } catch (error) {
    registration = await workers.getRegistration(page).catch(() => undefined);
    if (registration === undefined || workers.controller === null) return refused(page, error);
  }
  watch(workers, registration);
  if (workers.controller === null) {
    if (registration.active === null) {
      const then = crossOriginIsolated ? "" : " Then the page loads once more, so that its workers may share memory.";
      announce(`Setting up: this browser keeps all files of the page, which may take a moment.${then}`);
    }
    const failed = await controlled(workers, registration);
    if (failed !== null) {
      return [
        `${failed}${told}`,
        "make room in this browser's storage, allow this page to use it, or put the site on its host again, all of it, and " +
          "reload the page",
      ];
    }
  }
  if (crossOriginIsolated && workers.controller !== null) {
    forget();
    return null;
  }
  return reloaded(announce);
}

/** Why the browser refused the service worker. */
async function refused(page, error) {
  let [host, is_its_fault] = ["", false];
  try {
    const response = await fetch(new URL("service-worker.js", page), { cache: "no-store" });
    const is_html = (response.headers.get("content-type") ?? "").includes("html");
    is_its_fault = !response.ok || is_html;
    if (response.ok && is_html) host = "; the host answered HTML where a script was expected, service-worker.js";
    else if (is_its_fault) host = `; the host answers ${response.status} for service-worker.js`;
  } catch {
    // Without the host, the browser's reason is all there is.
  }
  return [
    `the browser refused the page's service worker (${error.message.replace(/\.$/, "")}${host})`,
    is_its_fault
      ? "put the site on its host again, all of it, and have that answer each file under its own name"
      : "allow this page to keep data, or open it in a window that is not private",
  ];
}

/** Waits until the service worker answers for this page: null, or why it does not. */
function controlled(workers, registration) {
  return new Promise((resolve) => {
    const done = (reason) => {
      clearTimeout(timer);
      workers.removeEventListener("controllerchange", look);
      resolve(reason);
    };
    const look = () => {
      // One that is active and does not take this page, as after a forced reload, answers from the next load on.
      if (workers.controller !== null || registration.active?.state === "activated") done(null);
    };
    const timer = setTimeout(
      () => done(`the host or this browser took over ${PATIENCE_MS / 1000} s for the files that the service worker keeps`),
      PATIENCE_MS,
    );
    workers.addEventListener("controllerchange", look);
    const worker = registration.installing ?? registration.waiting ?? registration.active;
    worker?.addEventListener("statechange", () => {
      if (worker.state === "redundant" && registration.active === null) {
        // What it says of that may come after its end.
        setTimeout(() => done("the page's service worker could not get and keep all files of the page"), 200);
      } else {
        look();
      }
    });
    look();
  });
}

/** Loads the page once more, undefined; or says why that does not help. */
function reloaded(announce) {
  const still =
    navigator.serviceWorker.controller === null
      ? "the browser does not let the page's service worker answer for it, though it was loaded once more"
      : "the browser does not isolate the page, though its service worker answers for it and it was loaded once more";
  const fix = "use a current Chromium, Firefox or Safari, in a window of its own and not in a frame";
  try {
    if (sessionStorage.getItem(RELOADED) !== null) {
      forget();
      return self.top === self ? [still, fix] : [`${still}, because it is shown in a frame`, fix];
    }
    sessionStorage.setItem(RELOADED, "yes");
  } catch {
    return [
      "this browser keeps nothing for this page, not even that it was loaded once more",
      "allow this page to keep data, or open it in a window that is not private",
    ];
  }
  announce("Setting up: the page loads once more, so that its workers may share memory.");
  location.reload();
  return undefined;
}

function forget() {
  try {
    sessionStorage.removeItem(RELOADED);
  } catch {
    // Then nothing is there.
  }
}

/** Tells the page when another build has taken over, or waits for its leave: `waiting` or `replaced` on the mark. */
function watch(workers, registration) {
  const tell = (version) => {
    if (mark.dataset.version === version) return;
    mark.dataset.version = version;
    dispatchEvent(new Event("parlab-version"));
  };
  const look = () => {
    // Without one that is active, the one that comes is the first.
    if (registration.waiting !== null && registration.active !== null) tell("waiting");
  };
  let asked = false;
  let had_one = workers.controller !== null;
  workers.addEventListener("controllerchange", () => {
    if (asked) location.reload();
    else if (had_one) tell("replaced");
    had_one = true;
  });
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", look));
  look();
  // The page asks for it, when nothing is measured.
  addEventListener("parlab-take-over", () => {
    const next = registration.waiting;
    if (next === null) {
      location.reload();
      return;
    }
    const take = () => {
      asked = true;
      next.postMessage({ type: "take-over" });
      // Chromium now and then does not notice that the worker in use is idle and can go, until that has heard something.
      setInterval(() => registration.active?.postMessage({ type: "other-build" }), 1000);
    };
    if (navigator.locks === undefined) {
      take();
      return;
    }
    // Whoever measures in another tab holds this lock (tabs.js): its target is not replaced meanwhile.
    navigator.locks.request("parlab-measuring", { ifAvailable: true }, (lock) => {
      if (lock === null) {
        tell("measuring");
        return undefined;
      }
      take();
      // Nobody begins to measure until this page is loaded again.
      return new Promise((over) => setTimeout(over, 10_000));
    });
  });
  // A page that stays open hears of another build when it is shown again.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) registration.update().catch(() => {});
  });
}
