import { type Static, type TSchema, Type } from 'typebox';
import { MOST_CHARACTERS, MOST_DAYS, USUAL_DAYS, WEBHOOK_EVENTS } from '../../people/index.ts';
import { IdSchema, RoleSchema } from '../clinic-contract.ts';

const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const Moment = Type.String({ format: 'date-time' });

export const idParams = Type.Object({ id: IdSchema });

/** Not the rules of a password, which answer with their own code: what is not even looked at. */
const PasswordSchema = Type.String({ maxLength: 4 * MOST_CHARACTERS });
const LoginSchema = Type.String({ minLength: 1, maxLength: 200, description: 'What they log in with.' });
const NameSchema = Type.String({ minLength: 1, maxLength: 100 });

export const LogInSchema = Type.Object(
  { login: LoginSchema, password: PasswordSchema },
  { additionalProperties: false },
);
export const OwnPasswordSchema = Type.Object(
  { current: PasswordSchema, next: PasswordSchema },
  { additionalProperties: false },
);

export const NewUserSchema = Type.Object(
  { login: LoginSchema, name: NameSchema, role: RoleSchema, password: Type.Optional(PasswordSchema) },
  { additionalProperties: false },
);
export const UserChangeSchema = Type.Partial(
  Type.Object({ name: NameSchema, role: RoleSchema, disabled: Type.Boolean(), password: PasswordSchema }),
  { additionalProperties: false, minProperties: 1 },
);

export const TokenSchema = Type.Object({
  id: IdSchema,
  name: Type.String(),
  role: RoleSchema,
  /** Whose it is. */
  login: Type.String(),
  createdAt: Moment,
  expiresAt: Nullable(Moment),
  lastUsedAt: Nullable(Moment),
  revoked: Type.Boolean(),
});
export const TokenListSchema = Type.Object({ tokens: Type.Array(TokenSchema) });
export const NewTokenSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100, description: 'What it is for.' }),
    role: RoleSchema,
    days: Type.Optional(
      Type.Integer({ minimum: 1, maximum: MOST_DAYS, default: USUAL_DAYS, description: 'Until it expires.' }),
    ),
  },
  { additionalProperties: false },
);
export const MadeTokenSchema = Type.Object({
  token: TokenSchema,
  text: Type.String({ description: 'The token itself, shown this once.' }),
});

const EventsSchema = Type.Array(Type.Enum([...WEBHOOK_EVENTS]), {
  minItems: 1,
  maxItems: WEBHOOK_EVENTS.length,
});
export const WebhookSchema = Type.Object({
  id: IdSchema,
  url: Type.String(),
  events: EventsSchema,
  disabled: Type.Boolean(),
  createdAt: Moment,
});
export const WebhookListSchema = Type.Object({ webhooks: Type.Array(WebhookSchema) });
export const NewWebhookSchema = Type.Object(
  { url: Type.String({ minLength: 1, maxLength: 2000 }), events: EventsSchema },
  { additionalProperties: false },
);
export const MadeWebhookSchema = Type.Object({
  webhook: WebhookSchema,
  secret: Type.String({ description: 'By which its messages are signed, shown this once.' }),
});
export const WebhookChangeSchema = Type.Partial(
  Type.Object({ events: EventsSchema, disabled: Type.Boolean() }),
  { additionalProperties: false, minProperties: 1 },
);
export const DeliveryListSchema = Type.Object({
  deliveries: Type.Array(
    Type.Object({
      id: IdSchema,
      event: Type.String(),
      /** HTTP status of the last attempt; null where none was had. */
      status: Nullable(Type.Integer()),
      attempts: Type.Integer(),
      nextAt: Nullable(Moment),
      deliveredAt: Nullable(Moment),
      error: Nullable(Type.String()),
      createdAt: Moment,
    }),
  ),
});

export type Token = Static<typeof TokenSchema>;
export type MadeToken = Static<typeof MadeTokenSchema>;
export type Webhook = Static<typeof WebhookSchema>;
export type MadeWebhook = Static<typeof MadeWebhookSchema>;
export type Delivery = Static<typeof DeliveryListSchema>['deliveries'][number];
