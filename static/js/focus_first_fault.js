// Focuses the first invalid field of a refused form. Without this module an alert above the form
// still lists the errors.
const first = document.querySelector('form [aria-invalid="true"]');
first?.focus({ preventScroll: true });
first?.scrollIntoView({ block: "center" });
