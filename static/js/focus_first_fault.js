// A refused form comes back with its faults marked; the first of them is where to go on typing.
// Without this module the page still says so, in an alert above the form.
document.querySelector('form [aria-invalid="true"]')?.focus();
