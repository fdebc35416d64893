import type { Verbs } from '../verbs.ts';

export const holdRole: Verbs['holdRole'] = (tables, [role, holder, ttl_ms], now) => {
  const entry = tables.role(role);
  const mine = entry?.holder === holder;
  if (entry !== null && !mine && entry.until > now) return { held: false, token: entry.token };
  const token = mine ? entry.token : (entry?.token ?? 0) + 1;
  tables.saveRole(role, { holder, token, until: now + ttl_ms });
  return { held: true, token };
};
