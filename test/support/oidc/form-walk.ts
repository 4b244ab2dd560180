/** What a person does who is shown forms: fills in every field by its name, and sends them. */
export type Answers = Readonly<Record<string, string>>;

const MAX_PAGES = 12;

/**
 * Goes through the pages of a provider, form after form, with cookies and redirects as a browser has them.
 * @param answers values of fields, beside those that a page has filled in
 * @param until stops before the form of a page is sent for which this holds
 * @returns the last page
 */
export async function walk(
  address: string,
  answers: Answers,
  until: (page: string) => boolean = () => false,
): Promise<{ readonly page: string; readonly address: string }> {
  const cookies = new Map<string, string>();
  let place = address;
  let request: RequestInit = {};
  for (let count = 0; count < MAX_PAGES; count += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(place, { ...request, redirect: 'manual', headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location !== null) {
      await response.body?.cancel();
      [place, request] = [new URL(location, place).href, {}];
      continue;
    }
    const page = await response.text();
    const [, action] = /<form[^>]*action="([^"]*)"/.exec(page) ?? [];
    if (action === undefined || until(page)) return { page, address: place };
    request = { method: 'POST', body: filledIn(page, answers) };
    place = new URL(action.replaceAll('&amp;', '&'), place).href;
  }
  throw new Error(`There is no end to the pages of ${address}.`);
}

/** Every input of the page's form. */
function filledIn(page: string, answers: Answers): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [input] of page.matchAll(/<input[^>]*>/g)) {
    const [, name] = /\sname="([^"]*)"/.exec(input) ?? [];
    const [, value = ''] = /\svalue="([^"]*)"/.exec(input) ?? [];
    if (name !== undefined) fields.set(name, answers[name] ?? value);
  }
  for (const [name, value] of Object.entries(answers)) if (name === 'abort') fields.set(name, value);
  return fields;
}
