import './field.css';
import { useContext } from 'react';
import { FieldError, FieldErrorContext } from 'react-aria-components/FieldError';
import { useSteady } from './use_steady.ts';

/** The fault of the surrounding field, if any. */
export function FieldFault() {
  const validation = useContext(FieldErrorContext);
  const fault = useSteady(validation?.isInvalid ? validation.validationErrors.join(' ') : '');
  if (!validation || fault === '') return null;
  return (
    <FieldErrorContext value={{ ...validation, isInvalid: true, validationErrors: [fault] }}>
      <FieldError className="field-fault" />
    </FieldErrorContext>
  );
}
