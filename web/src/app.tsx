import { useEffect, useState, type ReactNode } from 'react';
import { ChatPage } from './conversation/chat-page.js';
import { forgetIfLeft, hasLeft, open, type Opening } from './sign-in/session.js';
import { SignIn } from './sign-in/sign-in.js';
import { onSignInChanged } from './tollgate.js';

/** Nobody signed in: the ways to. Somebody: the chat. */
export function App(): ReactNode {
  const [opening, setOpening] = useState<Opening & { readonly hasEnded?: boolean }>();
  useEffect(() => {
    void open().then(setOpening);
    return onSignInChanged((isSignedIn) => {
      setOpening((before) => ({
        isSignedIn,
        hasEnded: !isSignedIn && before?.isSignedIn === true && !hasLeft(),
      }));
    });
  }, []);
  const isSignedIn = opening?.isSignedIn;
  useEffect(() => {
    // Behind the end of the chat page, which keeps what it was asking.
    if (isSignedIn === false) forgetIfLeft();
  }, [isSignedIn]);
  if (opening === undefined) return null;
  if (opening.isSignedIn) return <ChatPage />;
  return (
    <SignIn
      {...opening}
      onSignedIn={() => {
        setOpening({ isSignedIn: true });
      }}
    />
  );
}
