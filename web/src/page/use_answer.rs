//! What the analyst answers, for components that show it.

use std::cell::Cell;
use std::rc::Rc;

use yew::prelude::*;

use super::ask::Analyst;
use crate::questions::{Answer, Question};

/// An answer, as soon as it is there, or why there is none. Another question takes the place of the last; what `read` makes
/// nothing of is no answer.
#[hook]
pub fn use_answer<T: 'static>(
    analyst: &Analyst,
    question: Question,
    read: fn(Answer) -> Option<T>,
) -> Option<Result<Rc<T>, String>> {
    let answer = use_state(|| None::<(Question, Result<Rc<T>, String>)>);
    {
        let setter = answer.setter();
        use_effect_with((analyst.clone(), question.clone()), move |(analyst, question)| {
            let wanted = Rc::new(Cell::new(true));
            let (still_wanted, asked) = (wanted.clone(), question.clone());
            analyst.ask(question.clone(), move |outcome| {
                if still_wanted.get() {
                    let answer = match outcome.map(|(answer, _)| read(answer)) {
                        Ok(Some(answer)) => Ok(Rc::new(answer)),
                        Ok(None) => Err("this was answered with something else: reload the page".to_owned()),
                        Err(reason) => Err(reason),
                    };
                    setter.set(Some((asked, answer)));
                }
            });
            move || wanted.set(false)
        });
    }
    let (asked, answer) = answer.as_ref()?;
    (*asked == question).then(|| answer.clone())
}
