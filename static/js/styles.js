// Waits for the sheet that a part brings along, so that it isn't shown without it.
export const styled = (part) =>
  new Promise((done) => {
    const sheet = part.querySelector("link");
    sheet.onload = sheet.onerror = done;
  });
