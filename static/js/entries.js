// Opens the entry that the URL's fragment names, also after htmx has swapped its part of the page.
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
