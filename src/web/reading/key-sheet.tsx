import { Modal, Switch } from '@mantine/core';
import classes from './key-sheet.module.css';
import { KEY_GROUPS, keyText, PICTURE_KEYS } from './keys.ts';
import { setLetters, useLetters } from './letters.ts';

interface Props {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Every key of the page, and the switch for those who do not want any. */
export function KeySheet({ isOpen, onClose }: Props) {
  const hasLetters = useLetters();
  return (
    <Modal opened={isOpen} onClose={onClose} title="Keys" size={1040} centered={false}>
      <div className={classes.groups}>
        {KEY_GROUPS.map(({ title, keys }) => (
          <section key={title} aria-label={title}>
            <h3>{title}</h3>
            <dl>
              {keys.map(({ command, does }) => (
                <div key={command}>
                  <dt>
                    <Keys text={keyText(command)} />
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
              {title === 'Tools' &&
                PICTURE_KEYS.map(({ keys, does }) => (
                  <div key={keys}>
                    <dt>
                      <Keys text={keys} />
                    </dt>
                    <dd>{does}</dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
      <Switch
        mt="lg"
        label="Keys of one character"
        description="Switch them off if you dictate, or if they are pressed by accident."
        checked={hasLetters}
        onChange={({ currentTarget }) => setLetters(currentTarget.checked)}
      />
    </Modal>
  );
}

const Keys = ({ text }: { readonly text: string }) =>
  text.split(' ').map((key) => (
    <kbd key={key} className={classes.key}>
      {key}
    </kbd>
  ));
