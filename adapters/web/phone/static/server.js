// What the phone page asks of the server: small functions that answer data, or throw what went wrong.

export class SignedOut extends Error {}
export class Unreachable extends Error {}

/** A problem of the server's own, with its sentence for a person, and how long to wait where it says so. */
export class Refused extends Error {
  constructor(problem, wait) {
    super(problem.sentence ?? problem.title);
    this.code = problem.code;
    this.waitMs = wait * 1000;
  }
}

async function ask(path, { method = "GET", body, language } = {}) {
  const headers = { accept: "application/json" };
  if (language) headers["accept-language"] = language;
  if (body !== undefined) headers["content-type"] = "application/json";
  const sent = fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const answer = await sent.catch(() => {
    throw new Unreachable(path);
  });
  if (answer.status === 204) return null;
  if (answer.ok) return answer.json();
  if (answer.status === 401 && !path.startsWith("/api/sign-in/")) throw new SignedOut();
  const problem = await answer.json().catch(() => ({ title: String(answer.status) }));
  throw new Refused(problem, Number(answer.headers.get("retry-after")));
}

export const who = async () => (await ask("/me/who/")).who;
export const signIn = (code, language) => ask("/api/sign-in/code/", { method: "POST", body: { code }, language });
export const signOut = () => ask("/api/me/sign-out/", { method: "POST" });
export const consents = (id) => ask(`/api/people/${id}/consents/`);
export const agree = (id, purpose, yes) =>
  ask(`/api/people/${id}/consents/${purpose}/`, { method: yes ? "PUT" : "DELETE" });
export const everything = (id) => ask(`/api/people/${id}/export/`);
export const erase = (id) => ask(`/api/people/${id}/`, { method: "DELETE" });
export const pushSubscriptions = () => ask("/api/me/push-subscriptions/");
export const keepPush = (body) => ask("/api/me/push-subscriptions/", { method: "POST", body });
export const endPush = (id) => ask(`/api/me/push-subscriptions/${id}/`, { method: "DELETE" });

export function attendance(id, before) {
  const query = before ? `?before=${encodeURIComponent(before)}` : "";
  return ask(`/api/people/${id}/attendance/${query}`);
}

/** What to say to a person about a refusal, in their language. */
export async function sentence(code, language) {
  const problem = await ask(`/problems/${code}/`);
  return problem.sentence[language];
}
