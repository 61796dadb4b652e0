// Reads saved reports without the program: for browsers that cannot run it.

/** A share with its number of images. */
function share(part, total) {
  return total ? `${((100 * part) / total).toFixed(1)} % of ${total}` : "";
}

function row(cells, kind = "td") {
  const line = document.createElement("tr");
  line.append(...cells.map((text) => Object.assign(document.createElement(kind), { textContent: text })));
  return line;
}

/** Donors and cells of a report as a table. */
function table(report) {
  const made = document.createElement("table");
  made.append(row(["Network or pair of taps", "Clean accuracy", "Robust accuracy", "Agreement"], "th"));
  const counts = (found) => (found ? share(found.correct, found.total) : "");
  for (const donor of report.donors) made.append(row([`${donor.role}: ${donor.model}`, counts(donor.clean), counts(donor.robust), ""]));
  for (const cell of report.cells) {
    const same = cell.agreement ? share(cell.agreement.same, cell.agreement.total) : "";
    made.append(row([`${cell.front_tap} to ${cell.end_tap}`, counts(cell.clean), counts(cell.robust), same]));
  }
  return made;
}

/** Asks for a report and shows it in `place`. */
export function showReports(place) {
  const input = Object.assign(document.createElement("input"), { type: "file", accept: ".json" });
  input.onchange = async () => {
    try {
      place.replaceChildren(table(JSON.parse(await input.files[0].text())));
    } catch (error) {
      place.textContent = `This is no report: ${error.message}`;
    }
  };
  input.click();
}
