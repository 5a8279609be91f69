// Tells the forms that sign up and in which time zone the browser is in, and offers it where a
// person chooses one. Without this module the server takes the primary calendar's zone.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

if (zone) {
  for (const input of document.querySelectorAll("[data-browser-zone]")) input.value = zone;
}

// Engines name zones by their own list, so the two are compared by the same engine's names.
const canonical = (name) => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return name; // a zone that this browser does not know
  }
};

const form = document.querySelector("[data-zone-form]");
const offer = form?.querySelector("[data-zone-offer]");
if (offer && zone && zone !== canonical(form.dataset.zoneForm)) {
  offer.value = zone;
  offer.textContent = `Use this browser’s: ${zone}`;
  offer.hidden = false;
}

const list = form?.querySelector("datalist");
for (const name of (list && Intl.supportedValuesOf?.("timeZone")) ?? []) {
  list.append(new Option(name, name));
}
