// Switches notifications on for this browser, when its button is pressed and never before.
const section = document.querySelector("[data-push-key]");
const button = section?.querySelector("[data-subscribe]");
const status = section?.querySelector("[role=status]");

const say = (name) => {
  status.textContent = status.dataset[name];
};

const bytes = (text) => {
  const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
};

const send = (method, body) =>
  fetch(section.dataset.address, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRFToken": section.dataset.csrf },
    body: JSON.stringify(body),
  });

const subscribe = async () => {
  if ((await Notification.requestPermission()) !== "granted") return say("denied");
  const { pushKey, worker } = section.dataset;
  await navigator.serviceWorker.register(worker, { scope: "/", updateViaCache: "none" });
  const { pushManager } = await navigator.serviceWorker.ready;
  await (await pushManager.getSubscription())?.unsubscribe(); // it may be for a former key
  const made = await pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytes(pushKey),
  });
  const reply = await send("POST", made.toJSON());
  if (!reply.ok) {
    await made.unsubscribe();
    return say("failed");
  }
  location.reload();
};

const start = async () => {
  if (!("serviceWorker" in navigator && "PushManager" in window)) return say("unsupported");
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await subscribe();
    } catch {
      say("failed"); // the browser's push service can't be reached, or refused
    }
    button.disabled = false;
  });
};

if (button) start();
