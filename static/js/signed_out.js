// On pages of visitors: the service worker goes, and its push subscription with it, so that nothing
// of a person who signed out is received here. The server sends nothing to ended sessions either.
const found = await navigator.serviceWorker?.getRegistrations();
for (const registration of found ?? []) registration.unregister();
