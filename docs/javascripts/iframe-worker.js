// Search on a site that is opened from disk. Browsers start no worker there, so a hidden frame runs
// the worker's script. Messages between the two are events, as between a page and its worker.

if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(address) {
      super();
      this.loaded = new Promise((resolve) => {
        const frame = document.createElement("iframe");
        frame.hidden = true;
        frame.addEventListener("load", () => resolve(this.start(frame, address)), { once: true });
        frame.srcdoc = "<!doctype html>";
        document.body.append(frame);
      });
    }

    // Load the script into the frame, whose messages come back as events of this object.
    start(frame, address) {
      const inside = frame.contentWindow;
      inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      return new Promise((resolve) => {
        const script = inside.document.createElement("script");
        script.addEventListener("load", () => resolve(inside));
        script.src = new URL(address, location.href).href;
        inside.document.head.append(script);
      });
    }

    async postMessage(data) {
      const inside = await this.loaded;
      inside.dispatchEvent(new inside.MessageEvent("message", { data }));
    }
  };
}
