import { execFileSync } from "node:child_process";

const file = `${process.env.LATCHKEY_E2E_FOLDER}/latchkey.db`;

/** Runs SQL on the database of the server under test and gives the rows back. */
export function sql<Row = Record<string, unknown>>(text: string): Row[] {
  const out = execFileSync("sqlite3", ["-cmd", ".timeout 10000", "-json", file, text], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return out.trim() ? (JSON.parse(out) as Row[]) : [];
}

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

function userId(email: string): string {
  const [row] = sql<{ id: string }>(`SELECT id FROM users WHERE email = ${quote(email)}`);
  if (!row) throw new Error(`nobody is called ${email}`);
  return row.id;
}

/** A UUIDv7-shaped id in SQL: ids must parse. */
const uuid = `lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-7' || substr(hex(randomblob(2)), 2) || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))`;
const minutesAgo = (minutes: string) => `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || (${minutes}) || ' minutes')`;

/** Gives somebody so many threads, each an hour older than the one before. */
export function seedThreads(email: string, count: number) {
  sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    INSERT INTO threads (id, user_id, title, visibility, last_message_at, message_count, created_at)
    SELECT ${uuid}, ${quote(userId(email))}, 'Thread ' || i, 'private', ${minutesAgo("i * 60")}, 0, ${minutesAgo("i * 60")} FROM n`);
}

/** Gives somebody a thread with so many messages, half of them answers in Markdown. Its id comes back. */
export function seedMessages(email: string, count: number): string {
  const user = quote(userId(email));
  const [thread] = sql<{ id: string }>(
    `INSERT INTO threads (id, user_id, title, visibility, last_message_at, message_count, created_at)
      VALUES (${uuid}, ${user}, 'A long thread', 'private', ${minutesAgo("1")}, ${count}, ${minutesAgo("1")}) RETURNING id`,
  );
  const id = thread!.id;
  sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    INSERT INTO messages (id, thread_id, user_id, role, content, status, model, in_context, created_at, updated_at)
    SELECT ${uuid}, ${quote(id)}, ${user}, CASE i % 2 WHEN 1 THEN 'user' ELSE 'assistant' END,
      CASE i % 2 WHEN 1 THEN 'Question ' || i ELSE 'Answer **' || i || '** with a list:' || char(10) || char(10) || '- one' || char(10)
        || '- two' || char(10) || char(10) || '\`\`\`rust' || char(10) || 'fn main() {}' || char(10) || '\`\`\`' END,
      'complete', CASE i % 2 WHEN 0 THEN 'scripted' END, TRUE, ${minutesAgo(`${count} - i`)}, ${minutesAgo(`${count} - i`)} FROM n`);
  return id;
}

/** The text of the newest answer of a thread as it is stored. */
export function newestAnswer(threadId: string) {
  const [row] = sql<{ content: string; status: string; user_id: string }>(
    `SELECT content, status, user_id FROM messages WHERE thread_id = ${quote(threadId)} AND role = 'assistant' ORDER BY seq DESC LIMIT 1`,
  );
  return row;
}

/** Puts somebody on another plan, as an administrator would; the server notices within a second. */
export function setPlan(email: string, plan: string) {
  sql(`UPDATE users SET plan = ${quote(plan)} WHERE email = ${quote(email)}; UPDATE auth_epoch SET value = value + 1`);
}

/** Makes a team and puts somebody into it. */
export function seedTeam(email: string, name: string) {
  const now = minutesAgo("0");
  const [team] = sql<{ id: string }>(
    `INSERT INTO teams (id, name, context, created_at, updated_at) VALUES (${uuid}, ${quote(name)}, '', ${now}, ${now}) RETURNING id`,
  );
  sql(`INSERT INTO team_members (team_id, user_id, role, created_at) VALUES (${quote(team!.id)}, ${quote(userId(email))}, 'owner', ${now})`);
}
