// Sends the browser's time zone with the sign-up and sign-in forms, and offers it where users choose
// theirs. Without this module the server uses the primary calendar's zone.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

if (zone) {
  for (const input of document.querySelectorAll("[data-browser-zone]")) input.value = zone;
}

// Engines have their own canonical zone names, so both names are compared in this engine's form.
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
  offer.textContent = `${form.dataset.offer} ${zone}`;
  offer.hidden = false;
}

const list = form?.querySelector("datalist");
for (const name of (list && Intl.supportedValuesOf?.("timeZone")) ?? []) {
  list.append(new Option(name, name));
}
