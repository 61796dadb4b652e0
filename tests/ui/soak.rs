//! One window that works for as long as one likes: studies run, held, stopped and gone on with, images attacked, views turned; its memory
//! stays where it was.

use stitchscope_core::recipe::Recipe;
use stitchscope_tests::soak;
use stitchscope_ui::command::{Act, Command};
use stitchscope_ui::state::View;
use stitchscope_ui::work::name;
use stitchscope_ui::world::Standing;

use crate::shell::{SMALL, Window};

/// Another study each round: a finished one is read, not measured.
fn recipe(round: usize) -> Recipe {
    let seed = format!("epochs = 1\nseeds = [{round}]");
    Recipe::parse(&SMALL.replace("epochs = 1", &seed), "small").unwrap()
}

#[test]
#[ignore = "as long as one likes: `cargo xtask soak`"]
fn soak_a_window_takes_no_more_memory_the_longer_it_works() {
    let mut window = Window::open([1366.0, 768.0], None);
    let memory = soak::rounds(|round| {
        let recipe = recipe(round);
        let id = name(&recipe);
        let stands = |standing: Standing| {
            let id = id.clone();
            move |app: &stitchscope_ui::App| app.world().study(&id).is_some_and(|study| study.standing == standing)
        };
        window.send(Act::Run(Box::new(recipe.clone()), true));
        window.until("a beginning", stands(Standing::Running));
        if round % 3 == 0 {
            window.send(Act::Do(Command::Pause));
            window.until("the pause", stands(Standing::Paused));
            window.send(Act::Do(Command::Pause));
        }
        if round % 3 == 1 {
            window.send(Act::Do(Command::Stop));
            window.until("the end", |app| app.world().open_studies() == 0);
            window.send(Act::Run(Box::new(recipe), true));
        }
        window.until("the report", stands(Standing::Done));
        for view in View::ALL {
            window.send(Act::Do(Command::Open(view)));
            window.settle();
        }
    });
    assert_eq!(soak::flat(&memory), Ok(()));
}
