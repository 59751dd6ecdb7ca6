// The page's own script: opens the live socket and adds what HTML cannot do by itself.
import { Socket } from "phoenix";
import { LiveSocket } from "phoenix_live_view";

const csrfToken = document.querySelector("meta[name='csrf-token']").getAttribute("content");

// Keeps the newest message in sight while the reader is at the end of the list; whoever has
// scrolled up is not moved, and is told that there is something new.
const Room = {
  mounted() {
    this.list = this.el.querySelector("#messages");
    this.button = this.el.querySelector("#newest button");
    this.atEnd = true;
    this.toEnd = () => {
      this.list.scrollTop = this.list.scrollHeight;
      this.atEnd = true;
      this.button.hidden = true;
    };
    this.list.addEventListener("scroll", () => {
      this.atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 40;
      if (this.atEnd) this.button.hidden = true;
    });
    this.button.addEventListener("click", this.toEnd);
    this.observer = new MutationObserver((changes) => {
      if (this.atEnd) this.toEnd();
      else if (changes.some((change) => change.addedNodes.length > 0)) this.button.hidden = false;
    });
    this.observer.observe(this.list, { childList: true });
    this.resized = new ResizeObserver(() => this.atEnd && this.toEnd());
    this.resized.observe(this.list);
    this.handleEvent("message-sent", () => {
      this.toEnd();
      // The client leaves a focused field as it is: it may have got the focus before the reply.
      const field = document.getElementById("body");
      field.value = "";
      // After the reply the client gives the focus back to what had it, which may be the button.
      setTimeout(() => field.focus());
    });
    this.toEnd();
  },
  destroyed() {
    this.observer.disconnect();
    this.resized.disconnect();
  },
};

// A server that restarts loses all tabs at once; without jitter they would all return at once.
const steps = [10, 50, 100, 150, 200, 250, 500, 1000, 2000];
const reconnectAfterMs = (tries) => (steps[tries - 1] ?? 5000) * (0.5 + Math.random());

// What the server need not show again: it sends what came after, however many messages that are.
const newestSeen = () =>
  document.querySelector("#messages > :last-child")?.id.slice("m-".length) ?? "0";

const liveSocket = new LiveSocket("/live", Socket, {
  // A new object at every connect: the client writes its own bookkeeping into the one it is given.
  params: () => ({ _csrf_token: csrfToken, seen: newestSeen() }),
  hooks: { Room },
  reconnectAfterMs,
});

liveSocket.connect();
window.liveSocket = liveSocket;
