// A refused form comes back with its faults marked; the first of them is where to go on typing, with
// what is wrong in sight. Without this module the page still says so, in an alert above the form.
const first = document.querySelector('form [aria-invalid="true"]');
first?.focus({ preventScroll: true });
first?.scrollIntoView({ block: "center" });
