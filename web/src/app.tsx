import { useEffect, useState, type ReactNode } from 'react';
import { ChatPage } from './conversation/chat-page.js';
import { hasLeft } from './sign-in/left.js';
import { forgetAll, open, type Opening } from './sign-in/session.js';
import { SignIn } from './sign-in/sign-in.js';
import { onSignInChanged } from './tollgate.js';

/** Nobody signed in: the ways to. Somebody: the chat. */
export function App(): ReactNode {
  const [opening, setOpening] = useState<
    Opening & { readonly hasEnded?: boolean; readonly hasLeft?: boolean }
  >();
  useEffect(() => {
    void open().then(setOpening);
    return onSignInChanged((change) => {
      setOpening((before) => ({
        isSignedIn: change === 'signed-in',
        // It may be told twice.
        hasEnded: change === 'ended' && (before?.isSignedIn === true || before?.hasEnded === true),
        hasLeft: change === 'left',
      }));
    });
  }, []);
  const isSignedIn = opening?.isSignedIn;
  const isLeft = opening?.hasLeft === true;
  useEffect(() => {
    // Behind the end of the chat page, which keeps what it was asking.
    if (isSignedIn === false && (isLeft || hasLeft())) forgetAll();
  }, [isSignedIn, isLeft]);
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
