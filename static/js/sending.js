// Sends a change and says what came of it: toasts.js shows `daybook:changed` and `daybook:refused`,
// follow.js brings the page up to date.
const tell = (name, detail) => document.body.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
const words = (name) => document.getElementById("messages").dataset[name];

export const refused = (message) => tell("daybook:refused", { message });

const changed = (detail) =>
  new Promise((done) => {
    tell("daybook:changed", { ...detail, done });
    setTimeout(done, 5_000); // the page follows by itself
  });

const reasonOf = async (response) => {
  const isProblem = response.headers.get("Content-Type")?.includes("json");
  const problem = isProblem ? await response.json() : {};
  return problem.errors?.[0]?.message || problem.detail || problem.title || words("failed");
};

// Returns the address of what was made when the page shows the change; throws the reason of a refusal.
export const send = async (address, fields) => {
  const body = new URLSearchParams(fields); // not multipart: the server may have to read it twice
  const headers = {
    "HX-Request": "true",
    Accept: "application/json",
    "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value,
  };
  let response;
  try {
    response = await fetch(address, { method: "POST", headers, body });
  } catch {
    throw new Error(words("offline"));
  }
  if (!response.ok) throw new Error(await reasonOf(response));
  const trigger = JSON.parse(response.headers.get("HX-Trigger") || "{}");
  const detail = trigger["daybook:changed"] ?? {};
  await changed(detail);
  return response.headers.get("Location");
};
