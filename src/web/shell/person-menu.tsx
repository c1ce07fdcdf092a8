import { Menu, UnstyledButton } from '@mantine/core';
import { use, useState } from 'react';
import { UserIcon } from '../icons.tsx';
import { useNarrow } from './narrow.ts';
import { OwnPassword } from './own-password.tsx';
import { OwnTokens } from './own-tokens.tsx';
import classes from './person-menu.module.css';
import { SessionContext, useLogOut } from './session.ts';

/** Who is logged in, their password and tokens, and the way out; nothing where there are no accounts. */
export function PersonMenu() {
  const { user, mode } = use(SessionContext);
  const out = useLogOut();
  const isNarrow = useNarrow();
  const [open, setOpen] = useState<'password' | 'tokens'>();
  const close = () => setOpen(undefined);
  if (mode !== 'accounts' || !user) return null;
  const name = user.name || user.login;
  return (
    <>
      <Menu position={isNarrow ? 'bottom-end' : 'right-end'} withArrow>
        <Menu.Target>
          <UnstyledButton className={classes.person} aria-label={`Account of ${name}`}>
            <UserIcon />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            {name}, {user.role}
          </Menu.Label>
          <Menu.Item onClick={() => setOpen('password')}>Change password…</Menu.Item>
          <Menu.Item onClick={() => setOpen('tokens')}>Tokens…</Menu.Item>
          <Menu.Item onClick={() => out.mutate()}>Log out</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {open === 'password' && <OwnPassword onClose={close} />}
      {open === 'tokens' && <OwnTokens onClose={close} />}
    </>
  );
}
