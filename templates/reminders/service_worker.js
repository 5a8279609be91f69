// Shows what Daybook pushes, and opens its page on a click. It caches nothing and sees no requests.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const { title, body, url, tag, lang } = event.data.json();
  const icon = "{{ icon }}";
  event.waitUntil(
    self.registration.showNotification(title, { body, tag, lang, icon, data: { url } }),
  );
});

const open = async (address) => {
  const windows = await self.clients.matchAll({ type: "window" });
  if (!windows.length) return self.clients.openWindow(address);
  await windows[0].focus();
  return windows[0].navigate(address);
};

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(event.notification.data.url, self.location.origin);
  if (address.origin === self.location.origin) event.waitUntil(open(address.href));
});
