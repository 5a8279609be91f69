// An address that names an entry opens it, also when htmx has swapped the page's part.
const openNamedEntry = () => {
  const id = decodeURIComponent(location.hash.slice(1));
  const details = id && document.getElementById(id)?.closest("details");
  if (!details) return;
  details.open = true;
  details.querySelector("summary").focus();
};

openNamedEntry();
window.addEventListener("hashchange", openNamedEntry);
document.body.addEventListener("htmx:pushedIntoHistory", () => setTimeout(openNamedEntry));
