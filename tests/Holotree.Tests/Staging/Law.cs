using FsCheck;
using FsCheck.Fluent;

namespace Holotree.Tests.Staging;

/// <summary>What must hold for every value that a generator makes.</summary>
internal static class Law
{
    internal static void Holds<T>(Gen<T> values, Action<T> law, int rounds = 200) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(rounds).WithQuietOnSuccess(true), Prop.ForAll(values.ToArbitrary(), law));
}
