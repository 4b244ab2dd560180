import { useEffect, useState, type ReactNode } from 'react';
import { forgetQuestions } from '@tollgate/client/react';
import { ChatPage } from './conversation/chat-page.js';
import { SignIn } from './account/sign-in.js';
import { onSignedOut, ownStorage, tollgate } from './tollgate.js';

/** Nobody signed in: the form. Somebody: the chat. */
export function App(): ReactNode {
  const [isSignedIn, setSignedIn] = useState<boolean>();
  useEffect(() => {
    void tollgate.isSignedIn().then(setSignedIn);
    return onSignedOut(() => {
      setSignedIn(false);
    });
  }, []);
  useEffect(() => {
    // Behind the end of the chat page, which keeps what it was asking: it is for nobody else who signs in here.
    if (isSignedIn === false) forgetQuestions(ownStorage);
  }, [isSignedIn]);
  if (isSignedIn === undefined) return null;
  if (isSignedIn) return <ChatPage />;
  return (
    <SignIn
      onSignedIn={() => {
        setSignedIn(true);
      }}
    />
  );
}
